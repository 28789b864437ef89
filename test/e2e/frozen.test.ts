/**
 * Goal: a process that stood still for longer than its lease, its token, its limits and LINE's patience comes back and
 * doubles nothing, loses nothing, and lets nobody speak for a lease that it lost.
 * Method: SIGSTOP for the shipped program in the middle of its work. It stays stopped until LINE has given up waiting
 * for several webhooks, each after two seconds. (A second process on the same file is refused: what a rival does
 * meanwhile is in test/fault-points.stall.test.ts.)
 */
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers, answersLater, type Script, thinksFor } from "./support/agent.ts";
import { gate, until } from "./support/eventually.ts";
import { postDeferredReply } from "./support/reply-api.ts";
import { type Somebody, startWorld, type World } from "./support/world.ts";

const REDELIVERS = { redelivery: { count: 600, intervalMs: 300 } };
const BRIEF_LEASE = { TURNPIKE_LEASE_MS: "1000", TURNPIKE_AGENT_TIMEOUT_MS: "3000" };
/** Webhooks that LINE gives up, one after another: 2 s and 300 ms each. */
const GIVEN_UP = 2;

/** Stops the process until somebody's message, again and again, got no answer in time. Gives who wrote it. */
async function frozen(world: World, meanwhile: () => unknown = () => undefined): Promise<Somebody> {
  const late = world.somebody();
  world.gateway.signal("SIGSTOP");
  try {
    const { webhook } = await late.says("is anybody there?");
    expect(webhook.result).toBe("request_timeout");
    await meanwhile();
    const givenUp = () =>
      world.line.webhooks.filter(({ body, result }) => result === "request_timeout" && body.includes(late.id));
    await until("LINE gives up again", () => givenUp().length >= GIVEN_UP);
  } finally {
    world.gateway.signal("SIGCONT");
  }
  return late;
}

/** Each event of a turn is answered by itself, so that what is seen can be counted. */
const oneByOne: Script = (turn) => thinksFor(30, answers(...turn.events.map((event) => event.message?.text)));

/** So many messages, one every so often, whether they are taken in or not. Gives all that was said. */
async function writes(person: Somebody, count: number): Promise<string[]> {
  const said = Array.from({ length: count }, (_, index) => `${person.id.slice(-3)}: ${index + 1}`);
  const posted: Promise<unknown>[] = [];
  for (const text of said) {
    posted.push(person.says(text));
    await wait(200);
  }
  await Promise.all(posted);
  return said;
}

describe.concurrent("a process that was stopped for longer than its lease", () => {
  test("while the agent was at work: the turn is answered once, and what LINE sent meanwhile is too", async () => {
    await using world = await startWorld({ env: BRIEF_LEASE, line: REDELIVERS });
    const ann = world.somebody();
    const thinking = gate();
    ann.isAnsweredBy(async () => {
      await thinking.opened;
      return answers("the answer");
    });
    const { eventId } = await ann.says("hi");
    await ann.hasTurns(1);
    const late = await frozen(world, async () => {
      thinking.open();
      // LINE sends what was acked once more as well, and hears nothing.
      expect((await world.line.redeliver(eventId))?.result).toBe("request_timeout");
    });
    await Promise.all([ann.hasSeen(1), late.hasSeen(1)]);
    await world.line.idle();
    await world.settled();
    expect(ann.texts()).toEqual(["the answer"]);
    expect(late.texts()).toEqual(["re: is anybody there?"]);
    expect(world.gateway.rows("SELECT state, count(*) AS count FROM turn GROUP BY state")).toEqual([
      { state: "done", count: 2 },
    ]);
    expect(world.gateway.logged("started")).toHaveLength(1);
  });

  test("while the token died: the answer is one push, and the dead token isn't tried", async () => {
    await using world = await startWorld({
      env: { ...BRIEF_LEASE, LINE_REPLY_TOKEN_TTL_MS: "2000" },
      line: REDELIVERS,
    });
    const ann = world.somebody();
    const thinking = gate();
    ann.isAnsweredBy(async () => {
      await thinking.opened;
      return answers("late");
    });
    const { replyToken } = await ann.says("hi");
    await ann.hasTurns(1);
    await frozen(world, thinking.open);
    const [bubble] = await ann.hasSeen(1);
    await world.line.idle();
    await world.settled();
    expect(ann.texts()).toEqual(["late"]);
    expect(bubble?.route).toBe("push");
    expect(world.replies.filter(({ body }) => body.includes(String(replyToken)))).toEqual([]);
  });

  test("what an agent says to the lease that was lost is refused, and its word for the new one counts", async () => {
    await using world = await startWorld({
      env: { TURNPIKE_LEASE_MS: "1000", TURNPIKE_AGENT_TIMEOUT_MS: "4000" },
      line: REDELIVERS,
    });
    const ann = world.somebody();
    ann.isAnsweredBy(() => answersLater);
    await ann.says("hi");
    const [first] = await ann.hasTurns(1);
    const { turnId = "", fence = -1 } = first?.turn ?? {};
    await frozen(world);
    const again = (await ann.hasTurns(2)).at(-1);
    expect(again?.turn).toMatchObject({ turnId, events: first?.turn.events });
    const stale = await postDeferredReply(world.gateway, turnId, { fence, replies: ["stale"], done: true });
    expect(stale.status).toBe(409);
    // On a machine that is slower than the agent's limit the newest lease may be yet another.
    await until("an answer that counts", async () => {
      const newest = ann.turns().at(-1)?.turn.fence;
      const body = { fence: newest, replies: ["fresh"], done: true };
      return (await postDeferredReply(world.gateway, turnId, body)).status === 200;
    });
    await ann.hasSeen(1);
    await world.settled();
    expect(ann.texts()).toEqual(["fresh"]);
  });

  test("while a reply and a push were on their way: each is seen once", async () => {
    await using world = await startWorld({
      env: { ...BRIEF_LEASE, LINE_REPLY_TOKEN_TTL_MS: "20000", TURNPIKE_SEND_TIMEOUT_MS: "4000" },
      line: REDELIVERS,
    });
    // Six replies are a free call and a paid one behind it.
    const all = ["1", "2", "3", "4", "5", "6"];
    const [ann, ben] = [world.somebody(), world.somebody()];
    ann.isAnsweredBy(() => answers(...all));
    ben.isAnsweredBy(() => answers("to ben"));
    world.line.faults.next("push", { at: "slow", delayMs: 3_000 });
    await ann.says("tell me all");
    await until("a push is under way", () => world.pushes.length >= 1);
    world.line.faults.next("reply", { at: "slow", delayMs: 3_000 });
    await ben.says("hi");
    await until("a reply is under way", () => ben.seen().length === 1);
    await frozen(world);
    await until(
      "both are sent",
      () => world.gateway.value("SELECT count(*) FROM delivery WHERE state <> 'sent'") === 0,
    );
    await world.line.idle();
    await world.settled();
    expect(ann.texts()).toEqual(all);
    expect(ben.texts()).toEqual(["to ben"]);
    const keys = new Set(world.pushes.map(({ retryKey }) => retryKey));
    expect([keys.size, keys.has(null)]).toEqual([1, false]);
  });

  test("twice, while people write on: everything is answered exactly once", async () => {
    await using world = await startWorld({
      env: { TURNPIKE_LEASE_MS: "1000", TURNPIKE_BATCH_QUIET_MS: "50", TURNPIKE_BATCH_MAX_WAIT_MS: "200" },
      line: REDELIVERS,
    });
    const people = Array.from({ length: 4 }, () => world.somebody());
    for (const person of people) person.isAnsweredBy(oneByOne);
    const said = Promise.all(people.map((person) => writes(person, 20)));
    for (const seen of [1, 4]) {
      await until("answers come in", () => people.every((person) => person.seen().length >= seen));
      await frozen(world);
    }
    const all = await said;
    await world.line.idle();
    await world.settled();
    expect(people.map((person) => person.texts().toSorted())).toEqual(all.map((texts) => texts.toSorted()));
    expect(world.gateway.value("SELECT count(*) FROM delivery WHERE state <> 'sent'")).toBe(0);
    expect(world.gateway.value("SELECT count(*) FROM turn WHERE state <> 'done'")).toBe(0);
  });
});
