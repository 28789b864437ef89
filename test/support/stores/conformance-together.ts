/**
 * Goal: what follows at once happens in one transaction, and is what two would have done: a turn is claimed where it becomes
 * ready, and an answer's first attempt starts where the answer is queued (G6, G8).
 * Method: as for each step alone; where a step has to wait, the one before it stands.
 */

import { describe, expect } from "vitest";
import type { AccountKey } from "../../../src/core/conversation.ts";
import type { LeasedTurn } from "../../../src/core/turn.ts";
import {
  answer,
  claimed,
  mustClaim,
  queued,
  say,
  sayNow,
  sending,
  sent,
  settle,
  stateOf,
} from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import {
  attemptOf,
  BATCH,
  LEASE_MS,
  MINUTE,
  message,
  OWNER,
  outgoing,
  policy,
  type Saying,
  SECOND,
  SEND_RETRY,
  T,
  TOKEN_TTL_MS,
  TURN_RETRY,
} from "./samples.ts";

const TERMS = { owner: OWNER, leaseMs: LEASE_MS };
const TOKEN = { token: "token-1" };

function sayAndClaim(
  bench: Bench,
  id: string,
  terms: { readonly accountKeys?: readonly AccountKey[] } = {},
  saying: Saying = {},
) {
  return say(bench, id, { effect: "collect-now", ...saying }, { claim: { ...TERMS, ...terms } });
}

function answerAndStart(bench: Bench, { turnId, fence }: LeasedTurn, said: readonly string[], perCall = 5) {
  const { deliveryId: _, ...start } = attemptOf("");
  const messages = outgoing(...said);
  return bench.store.answerTurn({ turnId, fence, messages, messagesPerCall: perCall, done: true, start });
}

export function claimingTogether(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a turn that becomes ready", () => {
    test("by its only event is claimed with it, as a claim of its own would", async (bench) => {
      const { turnId, claimed: turn } = await sayAndClaim(bench, "m1");
      expect(turn).toMatchObject({ turnId, attempt: 1, events: [{ platformEventId: "evt-m1" }] });
      expect(await oneRow(bench, "turn", { turn_id: turnId })).toMatchObject({ state: "leased", fence: turn?.fence });
      expect((await readyTurns(bench.store, 10)).due).toEqual([]);
    });

    test("is the same, claimed with its event or read from the database", async (bench) => {
      const { claimed: turn } = await sayAndClaim(bench, "m1", {}, { ...TOKEN, sentAt: T - SECOND });
      const lease = { turnId: turn?.turnId ?? "", fence: turn?.fence ?? 0 };
      const failure = { kind: "handed-back" } as const;
      await bench.store.failTurn({ ...lease, failure, retry: TURN_RETRY, random: 0 });
      const again = await mustClaim(bench, lease.turnId);
      expect(turn).toEqual({ ...again, attempt: 1, fence: lease.fence });
      expect(again).toMatchObject({ attempt: 2, fence: lease.fence + 1, replyBy: T + TOKEN_TTL_MS });
    });

    test("is the same with a name that was cut in the middle of an emoji", async (bench) => {
      const cut = { ...message("m1", { effect: "collect-now" }), sender: { id: "U1", name: "Ann \ud83d" } };
      const first = await bench.store.ingest(cut, policy({ claim: TERMS }));
      const turn = first.kind === "duplicate" ? null : first.claimed;
      const lease = { turnId: turn?.turnId ?? "", fence: turn?.fence ?? 0 };
      await bench.store.failTurn({ ...lease, failure: { kind: "handed-back" }, retry: TURN_RETRY, random: 0 });
      const again = await mustClaim(bench, lease.turnId);
      expect(turn?.events).toEqual(again.events);
    });

    test("is claimed at once though an old message opened no turn", async (bench) => {
      const group = { kind: "group", peerId: "C1" } as const;
      await bench.store.ingest(message("before", { ...group, effect: "store" }), policy());
      bench.clock.step(2 * MINUTE);
      const context = { maxEvents: 10, maxAgeMs: MINUTE };
      const { claimed: turn } = await say(
        bench,
        "m1",
        { ...group, effect: "collect-now" },
        { claim: { ...TERMS, context } },
      );
      expect(turn).toMatchObject({ attempt: 1, context: [] });
    });

    test("comes with its context", async (bench) => {
      await bench.store.ingest(message("before", { effect: "store" }), policy());
      const context = { maxEvents: 10, maxAgeMs: MINUTE };
      const { claimed: turn } = await say(bench, "m1", { effect: "collect-now" }, { claim: { ...TERMS, context } });
      expect(turn).toMatchObject({ context: [{ platformEventId: "evt-before" }] });
    });

    test("is claimed by the event that completes it", async (bench) => {
      const { turnId } = await say(bench, "m1");
      const { claimed: turn } = await sayAndClaim(bench, "m2");
      expect(turn).toMatchObject({ turnId, events: [{ platformEventId: "evt-m1" }, { platformEventId: "evt-m2" }] });
      expect(await oneRow(bench, "turn", { turn_id: turnId })).toMatchObject({ state: "leased", sealed_at: T });
    });

    test("is not claimed behind another of its conversation", async (bench) => {
      const first = await claimed(bench, "m1");
      const next = await sayAndClaim(bench, "m2");
      expect(next).toMatchObject({ turnReady: true, claimed: null });
      expect(await answer(bench, first, ["one"])).toMatchObject({ hasNextTurn: true });
      expect(await answer(bench, await mustClaim(bench, next.turnId), ["two"])).toMatchObject({ hasNextTurn: false });
    });

    test("is not claimed for a process that has another account", async (bench) => {
      const { turnId, claimed: turn } = await sayAndClaim(bench, "m1", { accountKeys: ["line/other"] });
      expect(turn).toBeNull();
      expect(await stateOf(bench, "turn", turnId)).toBe("ready");
    });

    test("later is not claimed by its first event", async (bench) => {
      const first = await bench.store.ingest(message("m1"), policy({ claim: TERMS }));
      expect(first).toMatchObject({ turnReady: false, claimed: null });
    });

    test("by the time is claimed where it is sealed", async (bench) => {
      const { turnId } = await say(bench, "m1");
      expect(await bench.store.sealTurn(turnId, TERMS)).toEqual({ kind: "later", inMs: BATCH.quietMs });
      bench.clock.step(BATCH.quietMs);
      const sealed = await bench.store.sealTurn(turnId, TERMS);
      expect(sealed).toMatchObject({ kind: "ready", claimed: { turnId, attempt: 1 } });
      expect(await stateOf(bench, "turn", turnId)).toBe("leased");
    });

    test("behind another is sealed, and waits", async (bench) => {
      await claimed(bench, "m1");
      const { turnId } = await say(bench, "m2");
      bench.clock.step(BATCH.quietMs);
      expect(await bench.store.sealTurn(turnId, TERMS)).toEqual({
        kind: "ready",
        conversationId: expect.stringMatching(/^conv_/),
        claimed: null,
      });
      expect(await stateOf(bench, "turn", turnId)).toBe("ready");
    });
  });
}

export function startingTogether(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("an answer whose first call may be made now", () => {
    test("is queued with its first attempt and its reply token", async (bench) => {
      const turn = await claimed(bench, "m1", TOKEN);
      const { deliveryIds, started } = await answerAndStart(bench, turn, ["hello"]);
      expect(started).toMatchObject({ kind: "send", deliveryId: deliveryIds[0], attempt: 1, route: "reply" });
      expect(await stateOf(bench, "turn", turn.turnId)).toBe("done");
      expect(await bench.rows("delivery")).toMatchObject([{ state: "sending", attempts: 1, owner: OWNER }]);
      expect(await bench.rows("attempt")).toMatchObject([{ attempt: 1, token: "token-1", outcome: null }]);
      expect(await bench.rows("reply_token")).toMatchObject([{ state: "claimed", delivery_id: deliveryIds[0] }]);
    });

    test("is started with the first of several calls only", async (bench) => {
      const turn = await claimed(bench, "m1", TOKEN);
      const { deliveryIds, started } = await answerAndStart(bench, turn, ["one", "two"], 1);
      expect(started).toMatchObject({ deliveryId: deliveryIds[0] });
      expect(await stateOf(bench, "delivery", deliveryIds[1] ?? "")).toBe("pending");
    });

    test("and is told at its end whether another delivery waits", async (bench) => {
      const turn = await claimed(bench, "m1", TOKEN);
      const { deliveryIds, started } = await answerAndStart(bench, turn, ["one", "two"], 1);
      expect(await settle(bench, { deliveryId: started?.deliveryId ?? "", attempt: 1 }, "sent")).toMatchObject({
        hasNext: true,
      });
      const second = await sending(bench, deliveryIds[1] ?? "");
      expect(await settle(bench, second, "sent")).toMatchObject({ hasNext: false });
    });
  });

  describe("an answer whose call must wait", () => {
    test("for an earlier delivery of its conversation is queued all the same", async (bench) => {
      const [first] = (await answer(bench, await claimed(bench, "m1", TOKEN), ["one"])).deliveryIds;
      await sending(bench, first ?? "");
      const { deliveryIds, started } = await answerAndStart(bench, await claimed(bench, "m2"), ["two"]);
      expect(started).toBeNull();
      expect(await stateOf(bench, "delivery", deliveryIds[0] ?? "")).toBe("pending");
    });

    test("for what was sent before it to arrive is queued all the same", async (bench) => {
      const [first] = (await answer(bench, await claimed(bench, "m1", TOKEN), ["one"])).deliveryIds;
      await settle(bench, await sending(bench, first ?? "", { awaitDeliveredMs: MINUTE }), "sent");
      const { deliveryIds, started } = await answerAndStart(bench, await claimed(bench, "m2"), ["two"]);
      expect(started).toBeNull();
      expect(await stateOf(bench, "delivery", deliveryIds[0] ?? "")).toBe("pending");
    });

    for (const outcome of ["account-stopped", "rate-limited"] as const) {
      test(`for its account, after ${outcome}, is queued all the same`, async (bench) => {
        const [other] = await queued(bench, "m1", ["one"], { peerId: "U2" });
        await sent(bench, other, outcome);
        const { deliveryIds, started } = await answerAndStart(bench, await claimed(bench, "m2", TOKEN), ["two"]);
        expect(started).toBeNull();
        expect(await stateOf(bench, "delivery", deliveryIds[0] ?? "")).toBe("pending");
      });
    }

    test("because nothing is decided stands as it was queued", async (bench) => {
      const { turnId, fence } = await claimed(bench, "m1", TOKEN);
      const { deliveryId: _, ...start } = attemptOf("", {});
      const order = { turnId, fence, messages: outgoing("hello"), messagesPerCall: 5, done: true };
      const answered = await bench.store.answerTurn({ ...order, start: { ...start, decide: () => null } });
      expect(answered.started).toBeNull();
      expect(await bench.rows("delivery")).toMatchObject([{ state: "pending", attempts: 0 }]);
      expect(await bench.rows("reply_token")).toMatchObject([{ state: "unused" }]);
    });
  });

  describe("an attempt that started with an answer nobody heard of", () => {
    test("ends as not made, and the delivery is due again", async (bench) => {
      const turn = await claimed(bench, "m1", TOKEN);
      await answerAndStart(bench, turn, ["hello"]);
      const abandon = { turnId: turn.turnId, owner: OWNER, retry: SEND_RETRY, random: 0 };
      await bench.store.abandonAttempt({ ...abandon, owner: "another", inFlight: new Set() });
      expect(await bench.rows("delivery")).toMatchObject([{ state: "sending" }]);
      await bench.store.abandonAttempt({ ...abandon, inFlight: new Set() });
      expect(await bench.rows("delivery")).toMatchObject([{ state: "pending" }]);
      expect(await bench.rows("attempt")).toMatchObject([{ outcome: "retry" }]);
    });

    test("is left alone when it is known to be in flight", async (bench) => {
      const turn = await claimed(bench, "m1", TOKEN);
      const { deliveryIds } = await answerAndStart(bench, turn, ["hello"]);
      const abandon = { turnId: turn.turnId, owner: OWNER, retry: SEND_RETRY, random: 0 };
      await bench.store.abandonAttempt({ ...abandon, inFlight: new Set(deliveryIds) });
      expect(await bench.rows("delivery")).toMatchObject([{ state: "sending" }]);
    });
  });

  test("an answer that is repeated under its key starts nothing", async (bench) => {
    const { turnId, fence } = await sayNow(bench, "m1").then(({ turnId: id }) => mustClaim(bench, id));
    const { deliveryId: _, ...start } = attemptOf("");
    const order = { turnId, fence, messages: outgoing("hello"), messagesPerCall: 5, done: false, key: "one", start };
    const first = await bench.store.answerTurn(order);
    expect(first.started).toMatchObject({ kind: "send" });
    expect(await bench.store.answerTurn(order)).toMatchObject({ repeated: true, started: null });
    expect(await bench.rows("attempt")).toHaveLength(1);
  });
}
