/**
 * Goal: what an agent or a program says again because the first answer was lost on the way is taken once (G8).
 * Method: the same key again at every moment of a turn's life, compared with a full dump; and messages without a turn.
 */
import { describe, expect } from "vitest";
import { Fenced } from "../../../src/core/errors.ts";
import type { LeasedTurn } from "../../../src/core/turn.ts";
import { claimed, dueDeliveries, mustClaim, purgeAll, sending, sent, start, stateOf } from "./conformance-steps.ts";
import { type Bench, dump, type StoreHarness, testOn } from "./harness.ts";
import { DAY, MINUTE, message, outgoing, policy, RETENTION, SECOND, T, TURN_RETRY, texts } from "./samples.ts";

function say(bench: Bench, { turnId, fence }: LeasedTurn, key: string, said: readonly string[], done = false) {
  return bench.store.answerTurn({ turnId, fence, messages: outgoing(...said), messagesPerCall: 5, done, key });
}

export function takingOnce(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("answerTurn with a key", () => {
    test("takes a repeat once, and answers it as the first", async (bench) => {
      const turn = await claimed(bench, "m1");
      const first = await say(bench, turn, "1", ["a"]);
      const before = await dump(bench);
      expect(await say(bench, turn, "1", ["a"])).toEqual({ ...first, repeated: true });
      expect(await dump(bench)).toEqual(before);
      expect(await say(bench, turn, "2", ["b"])).not.toHaveProperty("repeated");
      // It joined the call that has not been made yet, once.
      expect(await bench.rows("delivery")).toMatchObject([{ messages: JSON.stringify(texts("a", "b")) }]);
    });

    test("takes one of two that come in the same commit", async (bench) => {
      const turn = await claimed(bench, "m1");
      const [one, two] = await Promise.all([say(bench, turn, "1", ["a"]), say(bench, turn, "1", ["a"])]);
      expect(two.deliveryIds).toEqual(one.deliveryIds);
      expect(await bench.rows("delivery")).toHaveLength(1);
    });

    test("knows a repeat after the turn has ended and after a crash", async (bench) => {
      const turn = await claimed(bench, "m1");
      const first = await say(bench, turn, "1", ["a"], true);
      await bench.crash();
      expect(await say(bench, turn, "1", ["a"], true)).toEqual({ ...first, repeated: true });
      await expect(say(bench, turn, "2", ["b"])).rejects.toThrow(Fenced);
      expect(await bench.rows("delivery")).toHaveLength(1);
    });

    test("is no way past the fence: the next attempt's answer is its own", async (bench) => {
      const turn = await claimed(bench, "m1");
      await say(bench, turn, "1", []);
      const { turnId, fence } = turn;
      const failure = { kind: "handed-back" } as const;
      await bench.store.failTurn({ turnId, fence, failure, retry: TURN_RETRY, random: 0 });
      const next = await mustClaim(bench, turnId);
      await expect(say(bench, turn, "9", ["stale"])).rejects.toThrow(Fenced);
      expect((await say(bench, next, "1", ["a"])).deliveryIds).toHaveLength(1);
    });

    test("is the turn's own: another turn may use the same", async (bench) => {
      const one = await claimed(bench, "m1");
      const two = await claimed(bench, "m2", { peerId: "U2" });
      await say(bench, one, "1", ["a"]);
      expect(await say(bench, two, "1", ["b"])).not.toHaveProperty("repeated");
    });

    test("is forgotten when retention says so, and no sooner", async (bench) => {
      const turn = await claimed(bench, "m1");
      const { deliveryIds } = await say(bench, turn, "1", ["a"], true);
      await sent(bench, deliveryIds[0] ?? "", "sent");
      bench.clock.step(RETENTION.metadataMs - MINUTE);
      await purgeAll(bench);
      expect(await bench.rows("idempotency_key")).toHaveLength(1);
      bench.clock.step(2 * MINUTE);
      await purgeAll(bench);
      expect(await bench.rows("idempotency_key")).toEqual([]);
    });
  });
}

export function speakingFirst(harness: StoreHarness): void {
  const test = testOn(harness);

  async function known(bench: Bench, token?: string): Promise<string> {
    await bench.store.ingest(message("m1", { effect: "store", ...(token !== undefined && { token }) }), policy());
    return "U1";
  }

  function order(bench: Bench, peerId: string, said: readonly string[], change: object = {}) {
    const messages = outgoing(...said);
    return bench.store.queueMessages({
      to: { channel: "line", account: "default", peerId },
      messages,
      messagesPerCall: 5,
      key: null,
      deliverBy: null,
      ...change,
    });
  }

  describe("queueMessages", () => {
    test("makes as few calls as the messages fit in, in order, without a turn", async (bench) => {
      const queued = await order(bench, await known(bench), ["1", "2", "3", "4", "5", "6"]);
      expect(queued?.deliveryIds).toHaveLength(2);
      expect(await bench.rows("delivery")).toMatchObject([
        { turn_id: null, state: "pending", messages: JSON.stringify(texts("1", "2", "3", "4", "5")) },
        { turn_id: null, state: "pending", messages: JSON.stringify(texts("6")) },
      ]);
      const [first = ""] = queued?.deliveryIds ?? [];
      expect(await sending(bench, first)).toMatchObject({ route: "push", turnId: null });
    });

    test("makes a dead delivery of what the platform is known to refuse", async (bench) => {
      const messages = outgoing("a", "bad").map((one, index) => ({ ...one, problem: index === 1 ? "no" : null }));
      const queued = await order(bench, await known(bench), [], { messages });
      const [one, two] = queued?.deliveryIds ?? [];
      const reason = "not sent, the platform would refuse it: no";
      expect(queued?.refused).toEqual([{ deliveryId: two, reason }]);
      expect(await bench.rows("delivery")).toMatchObject([
        { delivery_id: one, state: "pending", reason: null },
        { delivery_id: two, state: "dead", reason, due_at: null, ended_at: T },
      ]);
    });

    test("takes a free token that no turn needs, and says beforehand that there is one", async (bench) => {
      const queued = await order(bench, await known(bench, "t1"), ["hi"]);
      expect(queued?.tokens).toMatchObject([{ token: "t1", turnAnswered: true }]);
      expect(await sending(bench, queued?.deliveryIds[0] ?? "")).toMatchObject({ route: "reply" });
    });

    test("is null for a conversation in which nobody has ever written", async (bench) => {
      expect(await order(bench, "Unobody", ["hi"])).toBeNull();
      expect(await bench.rows("delivery")).toEqual([]);
    });

    test("takes a repeat of a key once", async (bench) => {
      const peerId = await known(bench);
      const first = await order(bench, peerId, ["hi"], { key: "k" });
      await bench.crash();
      const again = await order(bench, peerId, ["hi"], { key: "k" });
      expect(again).toMatchObject({ repeated: true, deliveryIds: first?.deliveryIds });
      expect(await bench.rows("delivery")).toHaveLength(1);
    });

    test("is dead instead of late: pending, slowed down or parked", async (bench) => {
      const peerId = await known(bench);
      const deliverBy = T + MINUTE;
      const one = (await order(bench, peerId, ["pending"], { deliverBy }))?.deliveryIds[0] ?? "";
      await sent(bench, one, "quota-exhausted");
      expect(await stateOf(bench, "delivery", one)).toBe("parked");
      expect((await dueDeliveries(bench)).due).toEqual([]);
      bench.clock.step(MINUTE);
      expect((await dueDeliveries(bench)).due).toEqual([one]);
      expect(await start(bench, one)).toMatchObject({ kind: "expired", deliveryId: one });
      expect(await stateOf(bench, "delivery", one)).toBe("dead");
    });

    test("is not bundled in front of an answer after its time", async (bench) => {
      const peerId = await known(bench);
      const deliverBy = T + MINUTE;
      const one = (await order(bench, peerId, ["old news"], { deliverBy }))?.deliveryIds[0] ?? "";
      await sent(bench, one, "quota-exhausted");
      bench.clock.step(2 * MINUTE);
      const turn = await claimed(bench, "m2");
      expect(await say(bench, turn, "1", ["a"], true)).toMatchObject({ bundled: 0 });
    });

    test("that may have been accepted is settled by its repeat, however late", async (bench) => {
      const peerId = await known(bench);
      const one = (await order(bench, peerId, ["hi"], { deliverBy: T + SECOND }))?.deliveryIds[0] ?? "";
      await sent(bench, one, "unknown");
      bench.clock.step(MINUTE);
      expect(await start(bench, one)).toMatchObject({ kind: "send", route: "push" });
    });

    test("goes with retention once it was sent; what waits for a person stays", async (bench) => {
      const peerId = await known(bench);
      const gone = (await order(bench, peerId, ["a"]))?.deliveryIds[0] ?? "";
      await sent(bench, gone, "sent");
      const dead = (await order(bench, peerId, ["b"]))?.deliveryIds[0] ?? "";
      await sent(bench, dead, "refused");
      bench.clock.step(RETENTION.metadataMs + DAY);
      await purgeAll(bench);
      expect(await bench.rows("delivery")).toMatchObject([{ delivery_id: dead }]);
    });
  });
}
