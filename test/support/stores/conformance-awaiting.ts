/**
 * Goal: where a platform doesn't keep the order of what is sent at once, the next message of a conversation waits for the
 * one before to arrive, but never longer than it was told.
 */
import { describe, expect } from "vitest";
import type { ReceiptStatus } from "../../../src/core/receipt.ts";
import { dueDeliveries, queued, sending, settle, stateOf, waitOut } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { CALL_LEASE_MS, SECOND, SEND_RETRY, T } from "./samples.ts";

const WAIT_MS = 10 * SECOND;

/** Two parts of an answer; the first is sent, and may be awaited. */
async function firstSent(bench: Bench, awaitDeliveredMs: number): Promise<[string, string]> {
  const [first, second = ""] = await queued(bench, "m1", ["one", "two"]);
  const attempt = await sending(bench, first, { awaitDeliveredMs });
  await settle(bench, attempt, "sent");
  return [first, second];
}

function recordReceipt(bench: Bench, deliveryId: string, status: ReceiptStatus) {
  const failure = status === "failed" ? ({ kind: "refused", reason: "131026" } as const) : null;
  const receipt = {
    channel: "line",
    account: "default",
    status,
    deliveryId,
    platformMessageIds: [],
    watermark: null,
    at: T,
    failure,
  };
  return bench.store.recordReceipt({ receipt, retry: SEND_RETRY, random: 0 });
}

async function due(bench: Bench): Promise<readonly string[]> {
  return (await dueDeliveries(bench)).due;
}

export function awaiting(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a message that is awaited", () => {
    for (const status of ["delivered", "read", "failed"] as const) {
      test(`lets the next one go when it is ${status}`, async (bench) => {
        const [first, second] = await firstSent(bench, WAIT_MS);
        expect(await due(bench)).toEqual([]);
        await recordReceipt(bench, first, "sent");
        expect(await due(bench)).toEqual([]);
        expect((await recordReceipt(bench, first, status)).deliveries).toMatchObject([{ freesNext: true }]);
        expect(await due(bench)).toEqual([second]);
        await sending(bench, second);
      });
    }

    test("holds the next one up no longer than it was told, and says when to look again", async (bench) => {
      const [, second] = await firstSent(bench, WAIT_MS);
      expect(await dueDeliveries(bench)).toMatchObject({ due: [], nextInMs: WAIT_MS });
      bench.clock.step(WAIT_MS);
      expect(await due(bench)).toEqual([second]);
    });

    test("is awaited also when its process ended before the answer to its call, and a receipt tells", async (bench) => {
      const [first, second = ""] = await queued(bench, "m1", ["one", "two"]);
      await sending(bench, first, { awaitDeliveredMs: WAIT_MS });
      await recordReceipt(bench, first, "sent");
      await bench.crash();
      await waitOut(bench, CALL_LEASE_MS);
      await bench.store.reclaimOrphanedLeases("process-2");
      expect(await stateOf(bench, "delivery", first)).toBe("sent");
      expect(await due(bench)).toEqual([]);
      await recordReceipt(bench, first, "delivered");
      expect(await due(bench)).toEqual([second]);
    });

    test("is awaited also when a receipt tells that it was sent after all", async (bench) => {
      const [first, second = ""] = await queued(bench, "m1", ["one", "two"]);
      await settle(bench, await sending(bench, first, { awaitDeliveredMs: WAIT_MS }), "unknown");
      await recordReceipt(bench, first, "sent");
      expect(await stateOf(bench, "delivery", first)).toBe("sent");
      expect(await dueDeliveries(bench)).toMatchObject({ due: [], nextInMs: WAIT_MS });
      bench.clock.step(WAIT_MS);
      expect(await due(bench)).toEqual([second]);
    });

    test("can't be started over by asking for the next one directly", async (bench) => {
      const [, second] = await firstSent(bench, WAIT_MS);
      await expect(sending(bench, second)).rejects.toThrow();
    });

    test("holds nobody up who is not told to wait", async (bench) => {
      const [, second] = await firstSent(bench, 0);
      expect(await due(bench)).toEqual([second]);
    });
  });
}
