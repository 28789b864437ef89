/**
 * Goal: a platform's receipt counts once, never goes back and settles what nobody could know; the window is known
 * before anything is sent; a person of ours who answers by hand silences the bot.
 * Method: a route without a retry key, receipts in every order, and the rows that they leave.
 */
import fc from "fast-check";
import { describe, expect } from "vitest";
import { areReceiptsFlowing, RECEIPT_STATUSES, strongerReceipt } from "../../../src/core/receipt.ts";
import { queued, settle } from "./conformance-steps.ts";
import { oneRow, onFresh, type StoreHarness, testOn } from "./harness.ts";
import {
  asked,
  bySession,
  CONVERSATION,
  call,
  delivery,
  failure,
  opens,
  PEER,
  recordReceipt,
} from "./receipt-steps.ts";
import { DAY, HOUR, SECOND, T, UNKNOWN_WAIT_MS } from "./samples.ts";

export function settlingByReceipt(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a receipt", () => {
    test("that carries our id settles an unknown delivery, and says so", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      await call(bench, deliveryId, "unknown");
      const { deliveries } = await recordReceipt(bench, { deliveryId, platformMessageIds: ["m_1"] });
      expect(deliveries).toMatchObject([{ deliveryId, status: "sent", isNew: true, movedTo: "sent" }]);
      const { conversation_id, turn_id } = await oneRow(bench, "delivery", { delivery_id: deliveryId });
      expect(deliveries).toMatchObject([{ conversationId: conversation_id, turnId: turn_id }]);
      expect(await delivery(bench, deliveryId)).toMatchObject({
        state: "sent",
        evidence: "receipt: echo",
        platform_message_ids: '["m_1"]',
      });
      expect(await bench.store.startAttempt(bySession(deliveryId))).toBeNull();
    });

    test("that comes before its call has an answer settles the call when that has none", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      const attempt = await bench.store.startAttempt(bySession(deliveryId));
      if (attempt?.kind !== "send") throw new Error("not sent");
      expect((await recordReceipt(bench, { deliveryId })).deliveries).toMatchObject([{ isNew: true, movedTo: null }]);
      const { settlement } = await settle(bench, attempt, "unknown");
      expect(settlement).toMatchObject({ state: "sent", evidence: "receipt: sent" });
    });

    test("takes back a retry of a call that we believed was refused", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      await call(bench, deliveryId, "retry");
      await recordReceipt(bench, { deliveryId });
      expect(await delivery(bench, deliveryId)).toMatchObject({ state: "sent" });
    });

    test("by the platform's own id finds its delivery, and one of another account or platform doesn't", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      await call(bench, deliveryId, "sent", "m_7");
      const of = { status: "delivered", platformMessageIds: ["m_7"] } as const;
      expect((await recordReceipt(bench, { ...of, account: "other" })).deliveries).toEqual([]);
      expect((await recordReceipt(bench, { ...of, channel: "whatsapp" })).deliveries).toEqual([]);
      expect((await recordReceipt(bench, { deliveryId, account: "other" })).deliveries).toEqual([]);
      expect((await recordReceipt(bench, of)).deliveries).toMatchObject([
        { deliveryId, status: "delivered", movedTo: null },
      ]);
    });

    test("by the platform's own id finds its delivery also while the answer to its call is written", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      const attempt = await bench.store.startAttempt(bySession(deliveryId));
      if (attempt?.kind !== "send") throw new Error("not sent");
      const settled = settle(bench, attempt, { kind: "sent", evidence: "accepted", platformMessageIds: ["m_7"] });
      const recorded = recordReceipt(bench, { status: "delivered", platformMessageIds: ["m_7"] });
      expect((await settled).settlement).toMatchObject({ state: "sent" });
      expect((await recorded).deliveries).toMatchObject([{ deliveryId, status: "delivered", isNew: true }]);
    });

    test("of nothing that was sent here changes nothing", async (bench) => {
      await asked(bench, "m1");
      expect(
        (await recordReceipt(bench, { deliveryId: "dlv_of_another", platformMessageIds: ["m_9"] })).deliveries,
      ).toEqual([]);
      expect(await bench.rows("receipt")).toEqual([]);
    });

    test("with a mark is about what was sent until then, in this conversation", async (bench) => {
      const first = await asked(bench, "m1");
      await call(bench, first, "sent");
      bench.clock.step(HOUR);
      const second = await asked(bench, "m2");
      await call(bench, second, "sent");
      const mark = { status: "read", watermark: { conversation: CONVERSATION, at: T + 60 * SECOND } } as const;
      expect((await recordReceipt(bench, mark)).deliveries.map((one) => one.deliveryId)).toEqual([first]);
      const elsewhere = { ...mark, watermark: { ...mark.watermark, conversation: { ...CONVERSATION, peerId: "P2" } } };
      expect((await recordReceipt(bench, elsewhere)).deliveries).toEqual([]);
    });
  });

  describe("a failure after the platform's yes", () => {
    for (const [kind, state] of [
      ["window-closed", "parked"],
      ["refused", "dead"],
      ["account-stopped", "pending"],
    ] as const) {
      test(`that means ${kind} makes the delivery ${state}`, async (bench) => {
        const deliveryId = await asked(bench, "m1");
        await call(bench, deliveryId, "sent");
        const { deliveries } = await recordReceipt(bench, { deliveryId, status: "failed", failure: failure(kind) });
        expect(deliveries).toMatchObject([{ movedTo: state, account: kind === "account-stopped" ? "stopped" : null }]);
        expect(await delivery(bench, deliveryId)).toMatchObject({ state, reason: `said ${kind}` });
      });
    }

    test("makes an unknown delivery certain, so that it may be sent again", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      await call(bench, deliveryId, "unknown");
      await recordReceipt(bench, {
        deliveryId,
        status: "failed",
        failure: { kind: "retry", reason: "busy", retryAfterMs: 0 },
      });
      bench.clock.step(HOUR);
      expect(await bench.store.startAttempt(bySession(deliveryId))).toMatchObject({ kind: "send", attempt: 2 });
    });

    test("that overtakes the yes counts when the yes comes", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      const attempt = await bench.store.startAttempt(bySession(deliveryId));
      if (attempt?.kind !== "send") throw new Error("not sent");
      await recordReceipt(bench, { deliveryId, status: "failed", failure: failure("refused") });
      expect((await settle(bench, attempt, "sent")).settlement.state).toBe("dead");
    });

    test("says nothing of the next try, whose own failure is news", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      const busy = {
        status: "failed",
        deliveryId,
        failure: { kind: "retry", reason: "busy", retryAfterMs: 0 },
      } as const;
      await call(bench, deliveryId, "sent", "m_1");
      expect((await recordReceipt(bench, { ...busy, platformMessageIds: ["m_1"] })).deliveries).toMatchObject([
        { movedTo: "pending" },
      ]);
      bench.clock.step(HOUR);
      expect((await call(bench, deliveryId, "sent", "m_2")).settlement.state).toBe("sent");
      // The word about the first message, once more and late.
      await recordReceipt(bench, { status: "sent", deliveryId, platformMessageIds: ["m_1"] });
      await recordReceipt(bench, { ...busy, platformMessageIds: ["m_1"] });
      expect(await delivery(bench, deliveryId)).toMatchObject({ state: "sent", attempts: 2 });
      expect((await recordReceipt(bench, { ...busy, platformMessageIds: ["m_2"] })).deliveries).toMatchObject([
        { isNew: true, movedTo: "pending" },
      ]);
    });

    test("of a try before the last one leaves the last one as it is", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      await call(bench, deliveryId, "unknown");
      bench.clock.step(HOUR);
      const again = await bench.store.startAttempt(bySession(deliveryId, { policy: "resend" }));
      if (again?.kind !== "send") throw new Error("not sent again");
      await settle(bench, again, { kind: "sent", evidence: "accepted", platformMessageIds: ["m_2"] });
      const busy = { kind: "retry", reason: "busy", retryAfterMs: 0 } as const;
      const late = { deliveryId, platformMessageIds: ["m_1"], status: "failed", failure: busy } as const;
      expect((await recordReceipt(bench, late)).deliveries).toMatchObject([{ movedTo: null }]);
      expect(await delivery(bench, deliveryId)).toMatchObject({ state: "sent" });
    });

    test("is the only word where no answer comes", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      const attempt = await bench.store.startAttempt(bySession(deliveryId));
      if (attempt?.kind !== "send") throw new Error("not sent");
      await recordReceipt(bench, {
        deliveryId,
        platformMessageIds: ["m_1"],
        status: "failed",
        failure: failure("refused"),
      });
      expect((await settle(bench, attempt, "unknown")).settlement).toMatchObject({ state: "dead" });
    });

    test("a word about the second try settles it, whatever became of the first", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      await call(bench, deliveryId, "sent", "m_1");
      const busy = { kind: "retry", reason: "busy", retryAfterMs: 0 } as const;
      await recordReceipt(bench, { deliveryId, platformMessageIds: ["m_1"], status: "failed", failure: busy });
      bench.clock.step(HOUR);
      await call(bench, deliveryId, "unknown");
      await recordReceipt(bench, { deliveryId, platformMessageIds: ["m_2"], status: "sent" });
      expect(await delivery(bench, deliveryId)).toMatchObject({ state: "sent", evidence: "receipt: sent" });
    });

    test("changes nothing when the person has the message already", async (bench) => {
      const deliveryId = await asked(bench, "m1");
      await call(bench, deliveryId, "sent");
      await recordReceipt(bench, { deliveryId, status: "delivered" });
      const { deliveries } = await recordReceipt(bench, { deliveryId, status: "failed", failure: failure("refused") });
      expect(deliveries).toMatchObject([{ isNew: false, movedTo: null, status: "delivered" }]);
      expect(await delivery(bench, deliveryId)).toMatchObject({ state: "sent" });
    });
  });
}

export function keepingReceipts(harness: StoreHarness): void {
  const test = testOn(harness);

  test("in whatever order receipts come, and however often, the strongest receipt only grows", async () => {
    const words = fc.constantFrom(...RECEIPT_STATUSES, "echo" as const);
    await fc.assert(
      fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 8 }), async (said) => {
        await onFresh(harness, async (bench) => {
          const deliveryId = await asked(bench, "m1");
          await call(bench, deliveryId, "sent");
          let known: (typeof RECEIPT_STATUSES)[number] | null = null;
          for (const status of said) {
            const wasFailed = status === "failed" ? failure("refused") : null;
            const [recorded] = (await recordReceipt(bench, { deliveryId, status, failure: wasFailed })).deliveries;
            const before = known;
            known = strongerReceipt(known, status === "echo" ? "sent" : status);
            expect(recorded).toMatchObject({ status: known, isNew: known !== before });
          }
          const kept = (await bench.rows("receipt")).map((row) => RECEIPT_STATUSES.indexOf(row.status as never));
          expect(Math.max(...kept)).toBe(RECEIPT_STATUSES.indexOf(known as never));
          expect(new Set(kept).size).toBe(kept.length);
        });
      }),
      { numRuns: 30 },
    );
  });

  test("a dead delivery that a late receipt shows as delivered is not sent again by itself", async (bench) => {
    const deliveryId = await asked(bench, "m1");
    await call(bench, deliveryId, "sent");
    await recordReceipt(bench, { deliveryId, status: "failed", failure: failure("refused") });
    await recordReceipt(bench, { deliveryId, status: "delivered" });
    expect(await bench.store.startAttempt(bySession(deliveryId))).toBeNull();
    // So that nobody replays what has arrived.
    expect(await delivery(bench, deliveryId)).toMatchObject({ state: "sent", evidence: "receipt: delivered" });
  });
}

export function waitingForReceipts(harness: StoreHarness): void {
  const test = testOn(harness);

  test("an unknown delivery waits for its receipt, and then is held: it stays visible and is not sent", async (bench) => {
    const deliveryId = await asked(bench, "m1");
    await call(bench, deliveryId, "unknown");
    bench.clock.step(2 * SECOND);
    expect(await bench.store.startAttempt(bySession(deliveryId))).toMatchObject({ kind: "waiting" });
    bench.clock.step(30 * SECOND);
    const held = await bench.store.startAttempt(bySession(deliveryId));
    expect(held).toMatchObject({ kind: "held" });
    expect(await delivery(bench, deliveryId)).toMatchObject({ state: "unknown", due_at: null, attempts: 1 });
    expect(String((await delivery(bench, deliveryId)).reason)).toContain("no receipt within 30000 ms");
    // An echo that is later than that still settles it.
    await recordReceipt(bench, { deliveryId });
    expect(await delivery(bench, deliveryId)).toMatchObject({ state: "sent" });
  });

  test("under resend it goes out once more and never a third time, and says why", async (bench) => {
    const deliveryId = await asked(bench, "m1");
    await call(bench, deliveryId, "unknown");
    bench.clock.step(31 * SECOND);
    const again = await bench.store.startAttempt(bySession(deliveryId, { policy: "resend" }));
    if (again?.kind !== "send") throw new Error(`not sent again: ${again?.kind}`);
    const bodies = (await bench.rows("attempt")).map((row) => row.body);
    expect(new Set(bodies).size).toBe(1);
    expect(await delivery(bench, deliveryId)).toMatchObject({ resent_because: expect.stringContaining("no receipt") });
    await settle(bench, again, "unknown");
    bench.clock.step(HOUR);
    const third = await bench.store.startAttempt(bySession(deliveryId, { policy: "resend" }));
    expect(third).toMatchObject({ kind: "held", reason: expect.stringContaining("already sent again once") });
  });

  test("what is bundled into one that goes out once more says so too", async (bench) => {
    const parkedId = await asked(bench, "m1");
    bench.clock.step(2 * DAY);
    expect(await bench.store.startAttempt(bySession(parkedId))).toMatchObject({ kind: "parked" });
    const bundledInto = await asked(bench, "m2");
    await call(bench, bundledInto, "unknown");
    expect(await delivery(bench, parkedId)).toMatchObject({ state: "unknown", bundled_into: bundledInto });
    bench.clock.step(31 * SECOND);
    expect(await bench.store.startAttempt(bySession(bundledInto, { policy: "resend" }))).toMatchObject({
      kind: "send",
    });
    const because = expect.stringContaining("no receipt");
    for (const id of [bundledInto, parkedId]) {
      expect(await delivery(bench, id)).toMatchObject({ resent_because: because });
    }
  });

  test("whether receipts flow is measured: three watched calls in a row, and none overdue", async (bench) => {
    const seen: boolean[] = [];
    const look = async (id: string) => {
      const deliveryId = await asked(bench, id);
      const request = bySession(deliveryId);
      const attempt = await bench.store.startAttempt({
        ...request,
        decide: (view) => {
          seen.push(areReceiptsFlowing(view.receipts, view.now, UNKNOWN_WAIT_MS));
          return request.decide(view);
        },
      });
      if (attempt?.kind !== "send") throw new Error(`not sent: ${attempt?.kind}`);
      await settle(bench, attempt, "sent");
      return deliveryId;
    };
    for (const id of ["m1", "m2", "m3"]) await recordReceipt(bench, { deliveryId: await look(id) });
    await look("m4");
    expect(seen).toEqual([false, false, false, true]);
    // Its receipt doesn't come.
    bench.clock.step(31 * SECOND);
    const fifth = await look("m5");
    await recordReceipt(bench, { deliveryId: fifth });
    await look("m6");
    expect(seen.slice(4)).toEqual([false, false]);
  });
}

export function keepingWindows(harness: StoreHarness): void {
  const test = testOn(harness);

  test("before the person's first word nothing is sent; their word lets it go", async (bench) => {
    const [deliveryId] = await queued(bench, "m1", ["a"], PEER);
    expect(await bench.store.startAttempt(bySession(deliveryId))).toMatchObject({ kind: "parked" });
    expect(await opens(bench, "m2")).toMatchObject({ offersRoute: true });
    expect(await bench.store.startAttempt(bySession(deliveryId))).toMatchObject({ kind: "send", route: "session" });
  });

  test("outside the window it is parked without a call", async (bench) => {
    const deliveryId = await asked(bench, "m1");
    bench.clock.step(DAY);
    expect(await bench.store.startAttempt(bySession(deliveryId))).toMatchObject({ kind: "parked" });
    expect(await bench.rows("attempt")).toEqual([]);
  });

  test("a late copy of an old event opens no longer window than its own, and none shortens one", async (bench) => {
    await asked(bench, "m1");
    const end = (await oneRow(bench, "conversation", { peer_id: "P1" })).window_ends_at;
    await opens(bench, "m2", { sentAt: bench.clock.now() - HOUR });
    expect(await oneRow(bench, "conversation", { peer_id: "P1" })).toMatchObject({ window_ends_at: end });
    await opens(bench, "m3", { sentAt: bench.clock.now() + DAY });
    expect(await oneRow(bench, "conversation", { peer_id: "P1" })).toMatchObject({ window_ends_at: end });
  });

  test("a clock that is behind for seconds shortens none", async (bench) => {
    const sentAt = bench.clock.now();
    await opens(bench, "m0", { windowMs: 0 });
    bench.clock.step(-DAY);
    await opens(bench, "m1", { sentAt });
    expect(await oneRow(bench, "conversation", { peer_id: "P1" })).toMatchObject({ window_ends_at: sentAt + DAY });
  });
}
