/**
 * Goal: what a group says among itself comes with the bot's next turn, once, and is the same in every attempt.
 * Method: messages beside the turns, before, between and after the moments that count, with the clock in our hand.
 */
import { describe, expect } from "vitest";
import { assert } from "../../../src/core/errors.ts";
import type { LeasedTurn } from "../../../src/core/turn.ts";
import { answer, claimed, say, sayNow } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { BATCH, HOUR, LEASE_MS, message, OWNER, policy, retraction, type Saying, T, TURN_RETRY } from "./samples.ts";

export function bringingContext(harness: StoreHarness): void {
  const test = testOn(harness);
  const beside = (bench: Bench, id: string, saying: Saying = {}) =>
    bench.store.ingest(message(id, { effect: "store", ...saying }), policy());
  const contextOf = async (bench: Bench, turnId: string, context = { maxEvents: 3, maxAgeMs: HOUR }) => {
    const turn = await bench.store.claimTurn({ turnId, owner: OWNER, leaseMs: LEASE_MS, context });
    assert(turn !== null && turn !== "empty", `${turnId} can't be claimed`);
    return { turn, ids: turn.context.map((event) => event.platformEventId) };
  };

  describe("a claimed turn brings what was said beside the turns", () => {
    test("since the turn before was sealed, and until it was sealed itself", async (bench) => {
      await beside(bench, "m1");
      bench.clock.step(1);
      const first = await sayNow(bench, "m2");
      expect((await contextOf(bench, first.turnId)).ids).toEqual(["evt-m1"]);
      bench.clock.step(1);
      await beside(bench, "m3");
      const { turnId } = await say(bench, "m4");
      bench.clock.step(BATCH.quietMs);
      await beside(bench, "m5");
      expect((await bench.store.sealTurn(turnId)).kind).toBe("ready");
      bench.clock.step(1);
      await beside(bench, "m6");
      await answer(bench, await mustFind(bench, first.turnId), []);
      const { turn, ids } = await contextOf(bench, turnId);
      expect(ids).toEqual(["evt-m3", "evt-m5"]);
      expect(turn.events.map((event) => event.platformEventId)).toEqual(["evt-m4"]);
      expect(turn.context[0]).toMatchObject({
        type: "message",
        sender: { id: "U1" },
        content: { message: { id: "m3" } },
      });
    });

    test("the same in every attempt", async (bench) => {
      await beside(bench, "m1");
      const { turnId } = await sayNow(bench, "m2");
      const once = await contextOf(bench, turnId);
      bench.clock.step(1);
      await beside(bench, "m3");
      await bench.store.failTurn({ ...once.turn, failure: { kind: "handed-back" }, retry: TURN_RETRY, random: 0 });
      const again = await contextOf(bench, turnId);
      expect(again.turn.attempt).toBe(2);
      expect(again.turn.context).toEqual(once.turn.context);
    });

    test("the newest so many, in the order they were sent", async (bench) => {
      await beside(bench, "m1");
      bench.clock.step(1);
      for (const id of ["m2", "m3", "m4"]) await beside(bench, id);
      await beside(bench, "m5", { sentAt: T - 1 });
      const { turnId } = await sayNow(bench, "m6");
      expect((await contextOf(bench, turnId, { maxEvents: 3, maxAgeMs: HOUR })).ids).toEqual([
        "evt-m5",
        "evt-m3",
        "evt-m4",
      ]);
      const far = await sayNow(bench, "m7", { peerId: "U2" });
      await beside(bench, "m8", { peerId: "U2" });
      expect((await contextOf(bench, far.turnId, { maxEvents: 0, maxAgeMs: HOUR })).ids).toEqual([]);
    });

    test("none that is too old in a group, and however old with one person", async (bench) => {
      const saidLongAgo = async (saying: Saying) => {
        await beside(bench, `m1-${saying.peerId}`, saying);
        bench.clock.step(HOUR + 1);
        const { turnId } = await sayNow(bench, `m2-${saying.peerId}`, saying);
        return (await contextOf(bench, turnId)).ids;
      };
      expect(await saidLongAgo({ kind: "group", peerId: "C1" })).toEqual([]);
      expect(await saidLongAgo({ kind: "user", peerId: "U9" })).toEqual(["evt-m1-U9"]);
    });

    test("of its own conversation, messages only, and not what was taken back", async (bench) => {
      await beside(bench, "m1", { peerId: "U2" });
      await bench.store.ingest({ ...message("e1", { effect: "store" }), type: "unfollow" }, policy());
      await beside(bench, "m2");
      await beside(bench, "m3");
      const takenBack = { ...message("e2", { effect: "store", revises: retraction("m2") }), type: "unsend" };
      await bench.store.ingest(takenBack, policy());
      const { turnId } = await sayNow(bench, "m4");
      expect((await contextOf(bench, turnId, { maxEvents: 10, maxAgeMs: HOUR })).ids).toEqual(["evt-m3"]);
    });

    test("nothing, unless it is asked for", async (bench) => {
      await beside(bench, "m1");
      expect((await claimed(bench, "m2")).context).toEqual([]);
    });
  });

  describe("a turn that is read again", () => {
    const context = { maxEvents: 3, maxAgeMs: HOUR };
    const read = async (bench: Bench, turnId: string) => await bench.store.readTurn({ turnId, context });

    test("has the events and the context that its agent had, whatever was said since", async (bench) => {
      await beside(bench, "m1");
      bench.clock.step(1);
      const { turnId } = await sayNow(bench, "m2");
      const { turn } = await contextOf(bench, turnId);
      await answer(bench, turn, []);
      bench.clock.step(1);
      await beside(bench, "m3");
      const again = await read(bench, turnId);
      const { events, conversation, firstEventAt } = turn;
      const had = { turnId, conversation, firstEventAt, events, context: turn.context };
      expect(again).toEqual({ ...had, state: "done", contentDeleted: false });
      expect(again?.context).toHaveLength(1);
    });

    test("is without what its person has taken back since, in the turn and beside it", async (bench) => {
      for (const id of ["m1", "m2"]) await beside(bench, id);
      const { turnId } = await sayNow(bench, "m3");
      await answer(bench, (await contextOf(bench, turnId)).turn, []);
      for (const id of ["m1", "m3"]) {
        const takenBack = { ...message(`no-${id}`, { effect: "store", revises: retraction(id) }), type: "unsend" };
        await bench.store.ingest(takenBack, policy());
      }
      const again = await read(bench, turnId);
      expect(again?.events).toEqual([]);
      expect(again?.context.map((event) => event.platformEventId)).toEqual(["evt-m2"]);
      expect(again?.contentDeleted).toBe(false);
    });

    test("says that words of it were deleted", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      await bench.change("event", { turn_id: turnId }, { content_deleted: 1 });
      expect(await read(bench, turnId)).toMatchObject({ events: [], contentDeleted: true });
    });

    test("is none where there is none of that id", async (bench) => {
      expect(await read(bench, "turn_nobody")).toBeNull();
    });
  });
}

async function mustFind(bench: Bench, turnId: string): Promise<LeasedTurn> {
  const turn = await bench.store.findTurn(turnId);
  assert(turn !== null, `there is no ${turnId}`);
  return turn;
}
