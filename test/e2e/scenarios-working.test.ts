/**
 * Goal: whatever the agent does, a turn is answered once or is kept for a person, and never twice.
 * Method: a scripted HTTP agent that is away, slow, wrong or says it twice.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers, answersLater, inTurn, thinksFor } from "./support/agent.ts";
import { gate, until } from "./support/eventually.ts";
import { postDeferredReply } from "./support/reply-api.ts";
import { ackOf } from "./support/until-acked.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const TURNS_OF = `
  SELECT t.* FROM turn AS t JOIN conversation AS c USING (conversation_id) WHERE c.peer_id = ? ORDER BY t.seq`;

describe.concurrent("working", () => {
  test("an agent that is down for a while answers once when it is up, and sees the attempt grow", async () => {
    await using own = await startWorld();
    await own.agent.stop();
    const ann = own.somebody();
    expect(await ackOf(own, ann.says("anybody there?"))).toBe(200);
    const failed = () => own.gateway.logged("turn not answered: it will be handed out again");
    await until("two failed attempts", () => failed().length >= 2);
    // Between two attempts: during one it is leased.
    await until("the turn waits", async () => (await own.gateway.metrics()).sum("waiting", { state: "ready" }) === 1);
    await own.agent.start();
    await ann.hasSeen(1);
    await own.settled();
    expect(ann.texts()).toEqual(["re: anybody there?"]);
    expect(ann.turns()).toHaveLength(1);
    expect(ann.turns()[0]?.turn.attempt).toBe(failed().length + 1);
    expect(ann.turns()[0]?.turn.fence).toBe(failed().length + 1);
    expect(failed().map(({ attempt }) => attempt)).toEqual(failed().map((_, index) => index + 1));
  });

  test("a turn that met a 500 is handed out again: the same turn, a higher attempt and fence, one answer", async () => {
    const ann = world.somebody();
    ann.isAnsweredBy(inTurn({ status: 500, body: "oops" }, answers("better now")));
    await ann.says("hi");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["better now"]);
    const [first, second, ...more] = ann.turns().map(({ turn }) => turn);
    expect(more).toEqual([]);
    expect([first?.attempt, second?.attempt]).toEqual([1, 2]);
    expect(second?.fence).toBeGreaterThan(first?.fence ?? Number.POSITIVE_INFINITY);
    expect(second).toEqual({ ...first, attempt: 2, fence: second?.fence });
  });

  test("a turn whose connection was cut is handed out again and answered once", async () => {
    const ann = world.somebody();
    ann.isAnsweredBy(inTurn("disconnect", answers("second try")));
    await ann.says("hi");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["second try"]);
  });

  test("a turn refused with a 400 is dead, and its payload is kept", async () => {
    await using own = await startWorld();
    const ann = own.somebody();
    ann.isAnsweredBy(() => ({ status: 400, body: { message: "never" } }));
    const { eventId } = await ann.says("keep my words");
    await until("a dead turn", () => own.gateway.rows(TURNS_OF, ann.id)[0]?.state === "dead");
    expect(ann.turns()).toHaveLength(1);
    expect(ann.seen()).toEqual([]);
    const metrics = await own.gateway.metrics();
    expect(metrics.sum("turns_total", { outcome: "dead" })).toBe(1);
    expect(metrics.sum("waiting", { state: "dead" })).toBe(1);
    expect(await own.gateway.hasLogged("turn dead: its events are kept and it waits for a person")).toMatchObject([
      { level: "error", reason: "the agent answered 400" },
    ]);
    const kept = own.gateway.value("SELECT raw FROM event WHERE platform_event_id = ?", eventId);
    expect(JSON.parse(String(kept))).toMatchObject({ message: { text: "keep my words" } });
    // It holds up nobody: the person's next message is answered.
    ann.isAnsweredBy(() => answers("this one is fine"));
    await ann.says("next");
    await ann.hasSeen(1);
    expect(ann.texts()).toEqual(["this one is fine"]);
  });

  test("an agent slower than its limit gets the turn again with a higher fence, and its late answer changes nothing", async () => {
    await using own = await startWorld({ env: { TURNPIKE_AGENT_TIMEOUT_MS: "3000" } });
    const ann = own.somebody();
    const seen = gate();
    ann.isAnsweredBy(async (turn) => {
      if (turn.attempt > 1) return answers("in time");
      await seen.opened;
      return answers("too late");
    });
    await ann.says("hi");
    await ann.hasSeen(1);
    seen.open();
    const [late, second] = await ann.hasTurns(2);
    await until("the late answer met a closed connection", () => late?.hungUp);
    expect(second?.turn.fence).toBeGreaterThan(late?.turn.fence ?? Number.POSITIVE_INFINITY);
    expect(second?.turn.turnId).toBe(late?.turn.turnId);
    await own.settled();
    expect(ann.texts()).toEqual(["in time"]);
    expect(await own.gateway.hasLogged("turn not answered: it will be handed out again", { attempt: 1 })).toMatchObject(
      [{ reason: "no answer within 3000 ms" }],
    );
  });

  test("an agent that takes longer than the lease keeps the turn: the lease is renewed", async () => {
    await using own = await startWorld({ env: { TURNPIKE_LEASE_MS: "6000" } });
    const ann = own.somebody();
    ann.isAnsweredBy(() => thinksFor(9_000, answers("thought about it")));
    await ann.says("hi");
    await ann.hasSeen(1);
    await own.settled();
    expect(ann.turns()).toHaveLength(1);
    expect(ann.texts()).toEqual(["thought about it"]);
    expect((await own.gateway.metrics()).sum("lease_lost_total")).toBe(0);
  });

  test("of two answers for one turn the first counts", async () => {
    const ann = world.somebody();
    ann.isAnsweredBy(() => answersLater);
    await ann.says("hi");
    const [handed] = await ann.hasTurns(1);
    const { turnId = "", fence = -1 } = handed?.turn ?? {};
    const both = await Promise.all(
      ["first", "second"].map((text) =>
        postDeferredReply(world.gateway, turnId, { fence, replies: [text], done: true }),
      ),
    );
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const first = both.findIndex(({ status }) => status === 200);
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual([["first", "second"][first]]);
  });

  test("a turn answered without words ends without a message", async () => {
    const ann = world.somebody();
    ann.isAnsweredBy(() => ({ status: 204 }));
    await ann.says("nothing to say");
    await until("the turn's end", () => world.gateway.rows(TURNS_OF, ann.id)[0]?.state === "done");
    await ann.settled();
    expect(ann.seen()).toEqual([]);
  });

  test("a slow answer to one person holds up nobody else", async () => {
    const [ann, ben] = [world.somebody(), world.somebody()];
    const thinking = gate();
    ann.isAnsweredBy(async () => {
      await thinking.opened;
      return answers("at last");
    });
    await ann.says("a hard one");
    await ann.hasTurns(1);
    await ben.says("an easy one");
    await ben.hasSeen(1);
    expect(ann.seen()).toEqual([]);
    thinking.open();
    await ann.hasSeen(1);
  });
});
