/**
 * Goal: a shutdown is quick, honest to LINE, and loses nothing.
 * Method: real signals to the shipped program at inconvenient moments, then a start on the same file. That it takes ten
 * seconds at most is shown on a manual clock, in test/pipeline-interrupted.test.ts: here the machine may be slow.
 */
import { setInterval as every } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type AgentAnswer, answers, answersLater, type Script, thinksFor } from "./support/agent.ts";
import { gate, until } from "./support/eventually.ts";
import { postDeferredReply } from "./support/reply-api.ts";
import { type Somebody, startWorld, type World } from "./support/world.ts";

/** A model that never comes back: a shutdown that waited for it would not end. */
const never = (): Promise<AgentAnswer> => new Promise(() => undefined);

/** A lease that nobody waits out: what is handed out all the same was handed back. */
const ENDLESS_LEASE = { TURNPIKE_LEASE_MS: "3600000" };

/** Each event of a turn is answered by itself, so that what is seen can be counted. */
const oneByOne: Script = (turn) => thinksFor(30, answers(...turn.events.map((event) => event.message?.text)));

async function stopping(world: World): Promise<void> {
  world.gateway.signal("SIGTERM");
  await world.gateway.hasLogged("stopping");
}

/** Says something every few ms until `hasEnded`, and gives all that was said. */
async function chatter(person: Somebody, hasEnded: () => boolean): Promise<string[]> {
  const said: string[] = [];
  const posted: Promise<unknown>[] = [];
  for await (const _ of every(100)) {
    if (hasEnded()) break;
    said.push(`${person.id.slice(-3)}: ${said.length + 1}`);
    posted.push(person.says(said.at(-1) ?? ""));
  }
  await Promise.all(posted);
  return said;
}

describe.concurrent("SIGTERM", () => {
  test("under load it exits 0, and after a restart everything is answered exactly once", async () => {
    await using world = await startWorld({
      env: { TURNPIKE_BATCH_QUIET_MS: "50", TURNPIKE_BATCH_MAX_WAIT_MS: "200" },
      line: { redelivery: { count: 600, intervalMs: 200 } },
    });
    const people = Array.from({ length: 8 }, () => world.somebody());
    for (const person of people) person.isAnsweredBy(oneByOne);
    let hasEnded = false;
    const said = Promise.all(people.map((person) => chatter(person, () => hasEnded)));
    await until("answers come in", () => people.every((person) => person.seen().length > 5));
    expect(await world.gateway.term()).toEqual({ code: 0, signal: null });
    await world.restart();
    const seenBefore = people.map((person) => person.seen().length);
    await until("answers come again", () =>
      people.every((person, index) => person.seen().length > (seenBefore[index] ?? 0)),
    );
    hasEnded = true;
    const all = await said;
    await world.line.idle();
    await world.settled();
    expect(people.map((person) => person.texts().toSorted())).toEqual(all.map((texts) => texts.toSorted()));
    expect(world.gateway.value("SELECT count(*) FROM delivery WHERE state <> 'sent'")).toBe(0);
  });

  test("meanwhile webhooks are told 503 and /ready says no; LINE sends them again and the next process answers", async () => {
    await using world = await startWorld({ line: { redelivery: { count: 600, intervalMs: 200, timeoutMs: 30_000 } } });
    const [ann, ben] = [world.somebody(), world.somebody()];
    const thinking = gate();
    ann.isAnsweredBy(async () => {
      await thinking.opened;
      return answers("done thinking");
    });
    await ann.says("a hard one");
    await ann.hasTurns(1);
    await stopping(world);
    const [refused, ready] = await Promise.all([
      ben.says("in the middle of it"),
      fetch(`${world.gateway.url}/ready`).then(
        ({ status }) => status,
        () => null,
      ),
    ]);
    thinking.open();
    expect(await world.gateway.ended).toMatchObject({ code: 0 });
    await world.restart();
    await ben.hasSeen(1);
    await world.line.idle();
    await world.settled();
    expect(ben.texts()).toEqual(["re: in the middle of it"]);
    expect(ann.texts()).toEqual(["done thinking"]);
    expect({ webhook: refused.webhook.status, ready }).toEqual({ webhook: 503, ready: 503 });
  });

  test("an answer that comes within the grace is sent before the process ends", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const thinking = gate();
    ann.isAnsweredBy(async () => {
      await thinking.opened;
      return answers("just in time");
    });
    await ann.says("hi");
    await ann.hasTurns(1);
    await stopping(world);
    thinking.open();
    expect(await world.gateway.ended).toMatchObject({ code: 0 });
    expect(world.gateway.rows("SELECT state FROM turn")).toEqual([{ state: "done" }]);
    await world.restart();
    await ann.hasSeen(1);
    await world.settled();
    expect(ann.texts()).toEqual(["just in time"]);
    expect(ann.turns()).toHaveLength(1);
    expect(world.sends).toHaveLength(1);
  });

  test("an agent that said `later` may still answer while the gateway shuts down", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    ann.isAnsweredBy(() => answersLater);
    await ann.says("hi");
    const [handed] = await ann.hasTurns(1);
    const { turnId = "", fence = 0 } = handed?.turn ?? {};
    await stopping(world);
    const answer = await postDeferredReply(world.gateway, turnId, { fence, replies: ["here it is"], done: true }).catch(
      () => null,
    );
    expect(await world.gateway.ended).toMatchObject({ code: 0 });
    expect(answer?.status).toBe(200);
    await world.restart();
    await ann.hasSeen(1);
    await world.settled();
    expect(ann.texts()).toEqual(["here it is"]);
    expect(ann.turns()).toHaveLength(1);
  });

  test("a turn that the agent is still at work on is handed back, and the next process hands it out at once", async () => {
    // A name that a busy machine was told too late would be another answer to "the same turn".
    await using world = await startWorld({ env: { ...ENDLESS_LEASE, TURNPIKE_NAMES_WAIT_MS: "0" } });
    const ann = world.somebody();
    ann.isAnsweredBy((turn) => (turn.attempt === 1 ? never() : answers("second try")));
    await ann.says("hi");
    await ann.hasTurns(1);
    expect(await world.gateway.term()).toEqual({ code: 0, signal: null });
    expect(world.gateway.rows("SELECT state, failures FROM turn")).toEqual([{ state: "ready", failures: 0 }]);
    expect(world.gateway.logged("turn handed back: the next owner starts at once")).toHaveLength(1);
    await world.restart();
    const [first, second] = await ann.hasTurns(2);
    expect(second?.turn).toMatchObject({ turnId: first?.turn.turnId, attempt: 2, events: first?.turn.events });
    expect(second?.turn.fence).toBeGreaterThan(first?.turn.fence ?? Number.POSITIVE_INFINITY);
    await ann.hasSeen(1);
    await world.settled();
    expect(ann.texts()).toEqual(["second try"]);
  });

  test("a call to LINE that is under way is finished and settled", async () => {
    await using world = await startWorld({ env: { TURNPIKE_SEND_TIMEOUT_MS: "5000" } });
    world.line.faults.next("reply", { at: "slow", delayMs: 1_500 });
    const ann = world.somebody();
    await ann.says("hi");
    await until("the call is under way", () => world.replies.length === 1);
    expect(await world.gateway.term()).toMatchObject({ code: 0 });
    expect(world.gateway.rows("SELECT state, evidence FROM delivery")).toEqual([
      { state: "sent", evidence: "accepted" },
    ]);
    await world.restart();
    await world.settled();
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(world.sends).toHaveLength(1);
  });

  test("a call to LINE that hangs longer than the shutdown may is made again by the next process: one message", async () => {
    await using world = await startWorld({ env: { TURNPIKE_SEND_TIMEOUT_MS: "300000" } });
    world.line.faults.next("reply", { at: "slow", delayMs: 600_000 });
    const ann = world.somebody();
    await ann.says("hi");
    await until("the call is under way", () => world.replies.length === 1);
    expect(await world.gateway.term()).toEqual({ code: 0, signal: null });
    await world.restart();
    await until("the delivery is sent", () => world.gateway.value("SELECT state FROM delivery") === "sent");
    expect(world.gateway.value("SELECT evidence FROM delivery")).toBe("token-consumed");
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(world.pushes).toEqual([]);
  });

  test("a collecting turn is kept, and is handed out by the next process", async () => {
    await using world = await startWorld({ env: { TURNPIKE_BATCH_QUIET_MS: "1000" } });
    const ann = world.somebody();
    await ann.says("one");
    expect(await world.gateway.term()).toMatchObject({ code: 0 });
    await world.restart();
    await ann.says("two");
    await ann.hasSeen(1);
    await world.settled();
    expect(ann.texts().join("\n").replaceAll("re: ", "")).toBe("one\ntwo");
  });

  test("a second one ends the process at once, and the next process carries on", async () => {
    await using world = await startWorld({ env: ENDLESS_LEASE });
    const ann = world.somebody();
    ann.isAnsweredBy((turn) => (turn.attempt === 1 ? never() : answers("second try")));
    await ann.says("hi");
    await ann.hasTurns(1);
    await stopping(world);
    // The first one alone would wait for the agent, and then end well.
    expect(await world.gateway.term()).toEqual({ code: 1, signal: null });
    expect(world.gateway.logged("stopped")).toEqual([]);
    await world.restart();
    await ann.hasSeen(1);
    await world.settled();
    expect(ann.texts()).toEqual(["second try"]);
  });

  test("Ctrl-C is the same, and the last line says that it has stopped", async () => {
    await using world = await startWorld();
    world.gateway.signal("SIGINT");
    expect(await world.gateway.ended).toMatchObject({ code: 0 });
    expect(world.gateway.logs.at(-1)?.msg).toBe("stopped");
  });
});
