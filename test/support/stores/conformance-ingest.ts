/**
 * Goal: an event is accepted once and never refused wrongly, and its free answer lives as long as the platform grants
 * it (G2, G3, G9; regressions 1–6, 13).
 * Method: copies of events in every order, against rows that were deleted by retention, by hand and by nobody.
 */
import { describe, expect } from "vitest";
import type { IngestPolicy } from "../../../src/store/store.ts";
import { answer, claim, claimed, mustClaim, purgeAll, say, sayNow, sending, sent } from "./conformance-steps.ts";
import { type Bench, dump, oneRow, type StoreHarness, testOn } from "./harness.ts";
import {
  BATCH,
  DAY,
  MINUTE,
  message,
  offer,
  policy,
  RETENTION,
  type Saying,
  SECOND,
  T,
  TOKEN_TTL_MS,
} from "./samples.ts";

function ingest(bench: Bench, id: string, saying: Saying = {}, how: Partial<IngestPolicy> = {}) {
  return bench.store.ingest(message(id, saying), policy(how));
}

async function tokenEnd(bench: Bench, token: string): Promise<unknown> {
  return (await oneRow(bench, "reply_token", { token })).expires_at;
}

/** The event is answered, and retention deletes it while its keys live on. */
async function purgedEvent(bench: Bench, id: string, saying: Saying = {}): Promise<string> {
  const turn = await claimed(bench, id, saying);
  await answer(bench, turn, []);
  bench.clock.step(RETENTION.metadataMs + 1);
  expect(await bench.store.purge(RETENTION)).toMatchObject({ turns: 1, events: 1, keys: 0 });
  return turn.events[0]?.eventId ?? "";
}

export function acceptingOnce(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("an event that nobody has seen", () => {
    test("is accepted and lies in the conversation's collecting turn", async (bench) => {
      const result = await ingest(bench, "m1");
      expect(result).toMatchObject({ kind: "accepted", receivedAt: T, turnReady: false });
      expect(await bench.rows("event")).toMatchObject([{ state: "accepted", platform_event_id: "evt-m1" }]);
      expect(await bench.rows("turn")).toMatchObject([{ state: "collecting", first_event_at: T }]);
    });

    test("comes back from a turn as it came in", async (bench) => {
      const event = message("m1", { sentAt: T - 300, redelivered: true, text: "ja 🛣️ \u0000 \ud83d" });
      const result = await bench.store.ingest({ ...event, effect: "collect-now" }, policy());
      const turn = await mustClaim(bench, result.kind === "accepted" ? (result.turnId ?? "") : "");
      expect(turn.events).toEqual([
        {
          eventId: result.eventId,
          platformEventId: "evt-m1",
          type: "message",
          sentAt: T - 300,
          receivedAt: T,
          redelivered: true,
          sender: event.sender,
          content: event.content,
        },
      ]);
    });

    test("is accepted though the platform says that it sent it before", async (bench) => {
      expect(await ingest(bench, "m1", { redelivered: true })).toMatchObject({ kind: "accepted" });
    });

    test("is accepted though it names the same key twice", async (bench) => {
      expect(await ingest(bench, "m1", { keys: ["same", "same"] })).toMatchObject({ kind: "accepted" });
      expect(await ingest(bench, "m1", { keys: ["same", "same"] })).toMatchObject({ kind: "duplicate" });
    });

    test("survives the end of the process from the moment its promise resolves", async (bench) => {
      const { eventId, turnId } = await say(bench, "m1");
      await bench.crash();
      expect(await bench.rows("event")).toMatchObject([{ event_id: eventId, turn_id: turnId }]);
      expect(await ingest(bench, "m1")).toMatchObject({ kind: "duplicate", eventId, turnId });
    });
  });

  describe("a copy of an event", () => {
    for (const [which, keys] of [
      ["first", ["evt-m1", "message:other"]],
      ["second", ["evt-other", "message:m1"]],
    ] as const) {
      test(`is a duplicate when it shares only the ${which} key, and opens nothing`, async (bench) => {
        const original = await say(bench, "m1");
        bench.clock.step(SECOND);
        const [turn] = await bench.rows("turn");
        expect(await ingest(bench, "m2", { keys: [...keys] })).toEqual({
          kind: "duplicate",
          eventId: original.eventId,
          conversationId: original.conversationId,
          turnId: original.turnId,
          receivedAt: T,
          tokenRefreshed: false,
        });
        expect(await bench.rows("event")).toHaveLength(1);
        expect(await bench.rows("turn")).toEqual([turn]);
      });
    }

    test("is a duplicate of the same event also by a key that only an earlier copy had", async (bench) => {
      const { eventId } = await say(bench, "m1");
      await ingest(bench, "m2", { keys: ["evt-other", "message:m1"] });
      expect(await ingest(bench, "m3", { keys: ["evt-other"] })).toMatchObject({ kind: "duplicate", eventId });
    });

    test("that comes at the same moment, in the same commit, makes no second event", async (bench) => {
      const copies = await Promise.all([1, 2, 3, 4, 5].map(() => ingest(bench, "m1")));
      expect(copies.map((copy) => copy.kind).sort()).toEqual([
        "accepted",
        "duplicate",
        "duplicate",
        "duplicate",
        "duplicate",
      ]);
      expect(new Set(copies.map((copy) => copy.eventId)).size).toBe(1);
      expect(await bench.rows("event")).toHaveLength(1);
      expect(await bench.rows("turn")).toHaveLength(1);
    });

    test("is a duplicate after its turn was answered", async (bench) => {
      const turn = await claimed(bench, "m1");
      await answer(bench, turn, ["hello"]);
      const before = await dump(bench);
      expect(await ingest(bench, "m1")).toMatchObject({ kind: "duplicate", eventId: turn.events[0]?.eventId });
      expect(await dump(bench)).toEqual(before);
    });
  });

  describe("the same key", () => {
    test("of another account of the same channel is another event", async (bench) => {
      const { turnId, conversationId } = await say(bench, "m1");
      const second = await ingest(bench, "m1", { account: "second" });
      expect(second).toMatchObject({ kind: "accepted" });
      // Nor do the two share a conversation or a batch.
      expect(await bench.rows("event", { turn_id: turnId, conversation_id: conversationId })).toHaveLength(1);
      expect(await bench.rows("turn")).toHaveLength(2);
    });

    test("of another channel is another event", async (bench) => {
      await say(bench, "m1");
      expect(await ingest(bench, "m1", { channel: "messenger" })).toMatchObject({ kind: "accepted" });
      expect(await bench.rows("conversation")).toHaveLength(2);
    });

    test("of another person of the same account is the same event", async (bench) => {
      const { eventId } = await say(bench, "m1");
      expect(await ingest(bench, "m1", { peerId: "U2" })).toMatchObject({ kind: "duplicate", eventId });
    });

    test("of two people who write the same words is not the same", async (bench) => {
      await say(bench, "m1", { text: "hi" });
      expect(await ingest(bench, "m2", { text: "hi", peerId: "U2" })).toMatchObject({ kind: "accepted" });
      expect(await ingest(bench, "m3", { text: "hi" })).toMatchObject({ kind: "accepted" });
    });
  });
}

export function recovering(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("an event whose key is known and whose row is gone", () => {
    test("is taken in again under the same keys, in a turn again, and reported", async (bench) => {
      const lost = await say(bench, "m1");
      await bench.remove("event", { event_id: lost.eventId });
      let reported = 0;
      const again = await ingest(bench, "m1", { effect: "collect-now" }, { onInconsistent: () => reported++ });
      expect(again).toMatchObject({ kind: "recovered", turnReady: true });
      expect(again.eventId).not.toBe(lost.eventId);
      expect(reported).toBe(1);
      expect(await bench.rows("dedup_key")).toMatchObject([{ event_id: again.eventId }, { event_id: again.eventId }]);
      const turn = await mustClaim(bench, again.kind === "recovered" ? (again.turnId ?? "") : "");
      expect(turn.events).toMatchObject([{ eventId: again.eventId }]);
    });

    test("is a duplicate again once it is recovered", async (bench) => {
      const lost = await say(bench, "m1");
      await bench.remove("event", { event_id: lost.eventId });
      const again = await ingest(bench, "m1");
      expect(await ingest(bench, "m1")).toMatchObject({ kind: "duplicate", eventId: again.eventId });
    });

    test("is recovered also where only one of its keys is left", async (bench) => {
      const lost = await say(bench, "m1");
      await bench.remove("event", { event_id: lost.eventId });
      await bench.remove("dedup_key", { key: "evt-m1" });
      expect(await ingest(bench, "m1")).toMatchObject({ kind: "recovered" });
      expect(await ingest(bench, "m1")).toMatchObject({ kind: "duplicate" });
    });

    test("never gets a second chance to spend its token", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      const [deliveryId = ""] = (await answer(bench, turn, ["hello"])).deliveryIds;
      await sent(bench, deliveryId, "sent");
      await bench.remove("event", {});
      expect(await ingest(bench, "m1", { token: "t1" })).toMatchObject({ kind: "recovered" });
      expect(await bench.rows("reply_token")).toMatchObject([{ state: "spent", delivery_id: deliveryId }]);
    });

    test("brings the new life of its unspent token along", async (bench) => {
      await say(bench, "m1", { token: "t1" });
      await bench.remove("event", {});
      bench.clock.step(40 * SECOND);
      await sayNow(bench, "m1", { token: "t1" });
      expect(await tokenEnd(bench, "t1")).toBe(T + 40 * SECOND + TOKEN_TTL_MS);
    });

    test("isn't reported when nothing was wrong", async (bench) => {
      let reported = 0;
      const onInconsistent = () => reported++;
      await ingest(bench, "m1", {}, { onInconsistent });
      await ingest(bench, "m1", {}, { onInconsistent });
      expect(reported).toBe(0);
    });
  });

  describe("an event that retention deleted", () => {
    test("is a duplicate for as long as its keys live", async (bench) => {
      const eventId = await purgedEvent(bench, "m1");
      let reported = 0;
      const copy = await ingest(bench, "m1", {}, { onInconsistent: () => reported++ });
      expect(copy).toMatchObject({ kind: "duplicate", eventId, turnId: null, tokenRefreshed: false });
      expect(reported).toBe(0);
      expect(await bench.rows("event")).toEqual([]);
    });

    test("is a duplicate also by a key that only a later copy had", async (bench) => {
      await ingest(bench, "m1", { effect: "store" });
      await ingest(bench, "m2", { keys: ["evt-m2", "message:m1"] });
      bench.clock.step(RETENTION.metadataMs + 1);
      expect(await bench.store.purge(RETENTION)).toMatchObject({ events: 1 });
      expect(await ingest(bench, "m3", { keys: ["evt-m2"] })).toMatchObject({ kind: "duplicate" });
    });

    test("is a duplicate also by a key that only a copy after its deletion had", async (bench) => {
      await purgedEvent(bench, "m1");
      expect(await ingest(bench, "m2", { keys: ["evt-m2", "message:m1"] })).toMatchObject({ kind: "duplicate" });
      expect(await ingest(bench, "m3", { keys: ["evt-m2"] })).toMatchObject({ kind: "duplicate" });
    });

    test("is new again after its keys have gone too", async (bench) => {
      await purgedEvent(bench, "m1");
      bench.clock.step(RETENTION.dedupKeysMs);
      expect((await purgeAll(bench)).keys).toBe(2);
      expect(await ingest(bench, "m1")).toMatchObject({ kind: "accepted" });
    });
  });
}

export function grantingTokens(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a duplicate that carries a reply token", () => {
    test("makes the unspent token live from now on", async (bench) => {
      await say(bench, "m1", { token: "t1" });
      expect(await tokenEnd(bench, "t1")).toBe(T + TOKEN_TTL_MS);
      bench.clock.step(40 * SECOND);
      expect(await ingest(bench, "m1", { token: "t1" })).toMatchObject({ kind: "duplicate", tokenRefreshed: true });
      expect(await tokenEnd(bench, "t1")).toBe(T + 40 * SECOND + TOKEN_TTL_MS);
    });

    test("revives a token that had reached its end", async (bench) => {
      await say(bench, "m1", { token: "t1" });
      bench.clock.step(2 * MINUTE);
      expect(await ingest(bench, "m1", { token: "t1" })).toMatchObject({ tokenRefreshed: true });
      expect(await tokenEnd(bench, "t1")).toBe(T + 2 * MINUTE + TOKEN_TTL_MS);
    });

    test("never makes it live longer than the platform grants it", async (bench) => {
      const token = offer("t1", { notAfter: T + 20 * MINUTE });
      await say(bench, "m1", { token });
      expect(await tokenEnd(bench, "t1")).toBe(T + TOKEN_TTL_MS);
      bench.clock.step(20 * MINUTE - SECOND);
      expect(await ingest(bench, "m1", { token })).toMatchObject({ tokenRefreshed: true });
      expect(await tokenEnd(bench, "t1")).toBe(T + 20 * MINUTE);
    });

    for (const [state, spend] of [
      ["spent", (bench: Bench, id: string) => sent(bench, id, "sent")],
      ["claimed", (bench: Bench, id: string) => sending(bench, id)],
    ] as const) {
      test(`leaves a ${state} one as it is`, async (bench) => {
        const turn = await claimed(bench, "m1", { token: "t1" });
        const [deliveryId = ""] = (await answer(bench, turn, ["hello"])).deliveryIds;
        await spend(bench, deliveryId);
        bench.clock.step(SECOND);
        const before = await dump(bench);
        expect(await ingest(bench, "m1", { token: "t1" })).toMatchObject({ tokenRefreshed: false });
        expect(await dump(bench)).toEqual(before);
      });
    }

    test("shows in the time by which the agent should reply", async (bench) => {
      const { turnId } = await sayNow(bench, "m1", { token: "t1" });
      await say(bench, "m2", { token: "t2" });
      bench.clock.step(30 * SECOND);
      await ingest(bench, "m1", { token: "t1" });
      expect(await claim(bench, turnId)).toMatchObject({ replyBy: T + 30 * SECOND + TOKEN_TTL_MS });
    });
  });
}

export function storingOnly(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("an event that is only stored", () => {
    test("opens no turn", async (bench) => {
      expect(await ingest(bench, "m1", { effect: "store" })).toMatchObject({
        kind: "accepted",
        turnId: null,
        turnReady: false,
      });
      expect(await bench.rows("turn")).toEqual([]);
      expect(await bench.rows("event")).toMatchObject([{ state: "stored", turn_id: null }]);
    });

    test("doesn't extend or hurry the turn that is open", async (bench) => {
      await say(bench, "m1");
      const [before] = await bench.rows("turn");
      bench.clock.step(SECOND);
      expect(await ingest(bench, "m2", { effect: "store" })).toMatchObject({ turnId: null });
      expect(await bench.rows("turn")).toEqual([before]);
    });

    test("is known when it comes again", async (bench) => {
      await ingest(bench, "m1", { effect: "store" });
      expect(await ingest(bench, "m1", { effect: "store" })).toMatchObject({ kind: "duplicate" });
    });

    test("is kept by retention for as long as the rest, and then known by its key", async (bench) => {
      await ingest(bench, "m1", { effect: "store" }, { batch: BATCH });
      bench.clock.step(RETENTION.metadataMs);
      expect(await bench.store.purge(RETENTION)).toEqual({ contents: 0, turns: 0, events: 0, keys: 0 });
      bench.clock.step(DAY);
      expect(await bench.store.purge(RETENTION)).toMatchObject({ events: 1 });
      expect(await ingest(bench, "m1", { effect: "store" })).toMatchObject({ kind: "duplicate" });
    });
  });
}
