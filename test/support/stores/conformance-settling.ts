/**
 * Goal: each word of a platform has its one consequence, for the delivery, its token, its account and what travels
 * with it (G8, G9, G11; regressions 34, 35, 43).
 * Method: every outcome on every route, then what is due afterwards; time is moved, never waited for.
 */
import { describe, expect } from "vitest";
import type { AccountKey } from "../../../src/core/conversation.ts";
import type { SendOutcomeKind } from "../../../src/core/delivery.ts";
import { dueDeliveries, queued, sending, sent, settle, start, stateOf } from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { DAY, HOUR, MINUTE, SECOND, SEND_RETRY } from "./samples.ts";

async function due(bench: Bench, limit = 100, accountKey: AccountKey = "line/default"): Promise<readonly string[]> {
  return (await dueDeliveries(bench, limit, accountKey)).due;
}

async function tokenState(bench: Bench, token = "t1"): Promise<unknown> {
  return (await oneRow(bench, "reply_token", { token })).state;
}

export function settling(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a first attempt by reply that ends as", () => {
    const expected: Record<SendOutcomeKind, { state: string; token: string; entered: boolean }> = {
      sent: { state: "sent", token: "spent", entered: true },
      retry: { state: "pending", token: "claimed", entered: false },
      "media-failed": { state: "pending", token: "claimed", entered: false },
      "rate-limited": { state: "pending", token: "claimed", entered: false },
      "token-invalid": { state: "pending", token: "spent", entered: false },
      unknown: { state: "unknown", token: "claimed", entered: true },
      "quota-exhausted": { state: "parked", token: "claimed", entered: true },
      "window-closed": { state: "parked", token: "claimed", entered: true },
      "account-stopped": { state: "pending", token: "claimed", entered: false },
      refused: { state: "dead", token: "spent", entered: true },
    };
    for (const [kind, { state, token, entered }] of Object.entries(expected)) {
      test(`${kind} makes the delivery ${state} and its token ${token}`, async (bench) => {
        const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
        const settled = await sent(bench, deliveryId, kind as SendOutcomeKind);
        expect(settled).toMatchObject({ settlement: { state }, entered });
        expect(await oneRow(bench, "delivery", { delivery_id: deliveryId })).toMatchObject({
          state,
          owner: null,
          lease_expires_at: null,
          due_at: settled.settlement.dueAt,
          reason: settled.settlement.reason,
          evidence: settled.settlement.evidence,
        });
        expect(await oneRow(bench, "attempt", { delivery_id: deliveryId })).toMatchObject({ outcome: kind });
        expect(await tokenState(bench)).toBe(token);
      });
    }
  });

  describe("a second unknown attempt", () => {
    test("doesn't enter a state that the delivery was in", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      expect(await sent(bench, deliveryId, "unknown")).toMatchObject({ entered: true });
      bench.clock.step(SECOND);
      expect(await sent(bench, deliveryId, "unknown")).toMatchObject({ entered: false });
    });
  });

  describe("a reply token that the platform calls invalid", () => {
    test("on its first use leads to a push, at once", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await sent(bench, deliveryId, "token-invalid");
      expect(await due(bench)).toEqual([deliveryId]);
      expect(await sending(bench, deliveryId)).toMatchObject({ attempt: 2, route: "push" });
      expect(await bench.rows("attempt", { token: "t1" })).toHaveLength(1);
    });

    test("after an unknown attempt with it proves that the person has the answer", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await sent(bench, deliveryId, "unknown");
      bench.clock.step(SECOND);
      expect(await sent(bench, deliveryId, "token-invalid")).toMatchObject({
        settlement: { state: "sent", evidence: "token-consumed" },
        entered: true,
      });
      expect(await tokenState(bench)).toBe("spent");
      expect(await due(bench)).toEqual([]);
    });

    // A database's own clock isn't watched by the process.
    if (harness.hasRoundTrips === undefined) {
      test("proves nothing while a step of the clock isn't believed yet: it may have expired", async (bench) => {
        const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
        await sent(bench, deliveryId, "unknown");
        bench.clock.step(SECOND);
        bench.clock.doubtedMs = () => 2 * HOUR;
        expect(await sent(bench, deliveryId, "token-invalid")).toMatchObject({ settlement: { state: "unknown" } });
      });
    }
  });

  describe("a delivery that is tried again", () => {
    test("dies only after maxAttempts, however old it is", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      for (let attempt = 1; attempt < SEND_RETRY.maxAttempts; attempt++) {
        bench.clock.step(HOUR);
        expect(await sent(bench, deliveryId, "retry")).toMatchObject({ settlement: { state: "pending" } });
        bench.clock.step(MINUTE);
      }
      expect(await sent(bench, deliveryId, "retry")).toMatchObject({ settlement: { state: "dead" }, entered: true });
    });

    test("dies only after maxAgeMs, however often it was tried", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      for (let tries = 0; tries < SEND_RETRY.maxAttempts + 2; tries++) {
        const { settlement } = await sent(bench, deliveryId, "retry");
        expect(settlement.state).toBe("pending");
        bench.clock.step((settlement.dueAt ?? 0) - bench.clock.now());
      }
    });

    test("counts that time from its first attempt: one that waited for its turn isn't old", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      bench.clock.step(2 * SEND_RETRY.maxAgeMs);
      for (let tries = 0; tries < SEND_RETRY.maxAttempts; tries++) {
        const { settlement } = await sent(bench, deliveryId, "retry");
        expect(settlement.state).toBe("pending");
        bench.clock.step((settlement.dueAt ?? 0) - bench.clock.now());
      }
    });

    for (const retryAfterMs of [20 * SECOND, HOUR, 2 * DAY]) {
      test(`waits the ${retryAfterMs} ms that the platform asked for`, async (bench) => {
        const [deliveryId] = await queued(bench, "m1", ["a"]);
        await sent(bench, deliveryId, { kind: "retry", reason: "503", retryAfterMs });
        expect(await due(bench)).toEqual([]);
        expect(await start(bench, deliveryId)).toBeNull();
        bench.clock.step(retryAfterMs);
        expect(await due(bench)).toEqual([deliveryId]);
      });
    }
  });
}

export function accounts(harness: StoreHarness): void {
  const test = testOn(harness);

  /** One delivery each of two people of an account and of one person of another account. */
  async function threeDue(bench: Bench): Promise<[string, string, string]> {
    const [one] = await queued(bench, "m1", ["a"]);
    const [same] = await queued(bench, "m2", ["b"], { peerId: "U2" });
    const [other] = await queued(bench, "m3", ["c"], { account: "second" });
    return [one, same, other];
  }

  describe("an account that is rate limited", () => {
    test("is slow as a whole, and no other account is", async (bench) => {
      const [one, same, other] = await threeDue(bench);
      await sent(bench, one, "rate-limited");
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: 20 * SECOND });
      expect(await due(bench, 10, "line/second")).toEqual([other]);
      expect(await start(bench, same)).toBeNull();
      bench.clock.step(20 * SECOND);
      expect(new Set(await due(bench))).toEqual(new Set([one, same]));
    });

    test("doesn't hide what others have to send, however much of it waits", async (bench) => {
      const [one, same, other] = await threeDue(bench);
      await sent(bench, one, "rate-limited");
      for (const peerId of ["U4", "U5", "U6"]) await queued(bench, peerId, ["d"], { peerId });
      expect(await due(bench, 1, "line/second")).toEqual([other]);
      expect(await stateOf(bench, "delivery", same)).toBe("pending");
    });

    test("is slow until the latest of the times that it was told", async (bench) => {
      const [one, same] = await threeDue(bench);
      const calls = [await sending(bench, one), await sending(bench, same)] as const;
      const limited = (retryAfterMs: number) => ({ kind: "rate-limited", reason: "429", retryAfterMs }) as const;
      await settle(bench, calls[0], limited(MINUTE));
      await settle(bench, calls[1], limited(SECOND));
      bench.clock.step(MINUTE - 1);
      expect(await start(bench, same)).toBeNull();
      bench.clock.step(1);
      await sent(bench, one, limited(MINUTE));
      expect(await start(bench, same)).toBeNull();
    });

    test("of the same name on another channel is another account", async (bench) => {
      const [one] = await queued(bench, "m1", ["a"]);
      const [other] = await queued(bench, "m2", ["b"], { channel: "messenger" });
      await sent(bench, one, "rate-limited");
      expect(await due(bench)).toEqual([]);
      expect(await due(bench, 1, "messenger/default")).toEqual([other]);
    });
  });

  describe("an account that was stopped", () => {
    test("keeps its deliveries, and no other account is stopped", async (bench) => {
      const [one, same, other] = await threeDue(bench);
      await sent(bench, one, "account-stopped");
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: null });
      expect(await due(bench, 10, "line/second")).toEqual([other]);
      expect(await start(bench, same)).toBeNull();
      bench.clock.step(2 * DAY);
      expect(await due(bench)).toEqual([]);
      for (const deliveryId of [one, same]) expect(await stateOf(bench, "delivery", deliveryId)).toBe("pending");
    });

    test("tries again after a restart", async (bench) => {
      const [one, same] = await threeDue(bench);
      await sent(bench, one, "account-stopped");
      await bench.crash();
      await bench.store.reclaimOrphanedLeases("process-2");
      expect(new Set(await due(bench))).toEqual(new Set([one, same]));
    });

    test("makes nothing too old to be tried again", async (bench) => {
      const [one] = await queued(bench, "m1", ["a"]);
      await sent(bench, one, "account-stopped");
      bench.clock.step(DAY);
      await bench.store.reclaimOrphanedLeases("process-2");
      for (let tries = 0; tries < SEND_RETRY.maxAttempts; tries++) {
        await sent(bench, one, "retry");
        bench.clock.step(MINUTE);
      }
      expect(await stateOf(bench, "delivery", one)).toBe("pending");
    });

    test("doesn't forget that an earlier attempt may have been accepted", async (bench) => {
      const [one] = await queued(bench, "m1", ["a"]);
      const first = await sending(bench, one);
      await settle(bench, first, "unknown");
      bench.clock.step(SECOND);
      await sent(bench, one, "account-stopped");
      expect(await stateOf(bench, "delivery", one)).toBe("unknown");
      await bench.store.reclaimOrphanedLeases("process-2");
      expect(await sending(bench, one)).toMatchObject({ call: first.call });
    });
  });
}
