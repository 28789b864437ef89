/**
 * Goal: what is bundled into a call goes where that call goes, also when the platform says later that it failed (G8, G9).
 * Method: parked messages that are bundled into an answer, and into one that was parked itself; then the late outcome.
 */
import { describe, expect } from "vitest";
import { answer, claimed, settle, waitOut } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { bySession, call, delivery, failure, opens, PEER, recordReceipt } from "./receipt-steps.ts";
import { CALL_LEASE_MS, DAY, RETENTION, SEND_RETRY } from "./samples.ts";

/** An answer in one call, and what waited in front of it. */
async function answered(bench: Bench, id: string): Promise<string> {
  const turn = await claimed(bench, id, PEER);
  const [deliveryId = ""] = (await answer(bench, turn, [`answer to ${id}`], { perCall: 5 })).deliveryIds;
  await opens(bench, `${id}-opens`);
  return deliveryId;
}

/** Its window has closed before its call. */
async function parked(bench: Bench, id: string): Promise<string> {
  const deliveryId = await answered(bench, id);
  bench.clock.step(2 * DAY);
  expect(await bench.store.startAttempt(bySession(deliveryId))).toMatchObject({ kind: "parked" });
  return deliveryId;
}

async function nextCall(bench: Bench, deliveryId: string): Promise<string> {
  const attempt = await bench.store.startAttempt(bySession(deliveryId));
  return attempt?.kind === "send" ? attempt.call.body : `not sent: ${attempt?.kind}`;
}

export function bundling(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("what is bundled into an answer", () => {
    test("is taken back by a late receipt that the answer failed, and so is what was bundled into that", async (bench) => {
      const first = await parked(bench, "m1");
      const second = await parked(bench, "m2");
      const last = await answered(bench, "m3");
      await call(bench, last, "sent");
      for (const id of [first, second, last]) expect(await delivery(bench, id)).toMatchObject({ state: "sent" });
      await recordReceipt(bench, { deliveryId: last, status: "failed", failure: failure("refused") });
      expect(await delivery(bench, last)).toMatchObject({ state: "dead" });
      expect(await delivery(bench, second)).toMatchObject({ state: "parked", bundled_into: null, ended_at: null });
      expect(await delivery(bench, first)).toMatchObject({ state: "parked", bundled_into: second, ended_at: null });
      const body = await nextCall(bench, second);
      expect(body).toContain("answer to m1");
      expect(body).toContain("answer to m2");
    });

    test("isn't due by itself when the person writes again", async (bench) => {
      const bundling = await parked(bench, "m1");
      const carrier = await answered(bench, "m2");
      await call(bench, carrier, "retry");
      await opens(bench, "m3");
      expect(await delivery(bench, bundling)).toMatchObject({ state: "parked", bundled_into: carrier, due_at: null });
    });

    for (const when of ["before", "after"] as const) {
      test(`stays sent where its own word came ${when} the answer went out, whatever becomes of that`, async (bench) => {
        const bundling = await answered(bench, "m1");
        await call(bench, bundling, "retry");
        bench.clock.step(2 * DAY);
        expect(await bench.store.startAttempt(bySession(bundling))).toMatchObject({ kind: "parked" });
        const carrier = await answered(bench, "m2");
        expect(await delivery(bench, bundling)).toMatchObject({ state: "parked", bundled_into: carrier });
        if (when === "after") await call(bench, carrier, "sent");
        await recordReceipt(bench, { deliveryId: bundling, status: "echo", platformMessageIds: ["m_1"] });
        expect(await delivery(bench, bundling)).toMatchObject({ state: "sent", bundled_into: null });
        if (when === "before") await call(bench, carrier, "sent");
        await recordReceipt(bench, { deliveryId: carrier, status: "failed", failure: failure("refused") });
        expect(await delivery(bench, carrier)).toMatchObject({ state: "dead" });
        expect(await delivery(bench, bundling)).toMatchObject({ state: "sent" });
      });
    }

    test("is in doubt no longer when the platform says that the answer failed", async (bench) => {
      const bundling = await parked(bench, "m1");
      const carrier = await answered(bench, "m2");
      await call(bench, carrier, "unknown");
      expect(await delivery(bench, bundling)).toMatchObject({ state: "unknown", bundled_into: carrier });
      await recordReceipt(bench, { deliveryId: carrier, status: "failed", failure: failure("refused") });
      expect(await delivery(bench, carrier)).toMatchObject({ state: "dead" });
      expect(await delivery(bench, bundling)).toMatchObject({ state: "parked", bundled_into: null });
      expect(await nextCall(bench, bundling)).toContain("answer to m1");
    });

    test("is in doubt no longer when the call's own late answer says that it failed", async (bench) => {
      const bundling = await parked(bench, "m1");
      const carrier = await answered(bench, "m2");
      const attempt = await bench.store.startAttempt(bySession(carrier));
      if (attempt?.kind !== "send") throw new Error(`not sent: ${attempt?.kind}`);
      // The process stands still, and a sweep takes its call for one that nobody comes back from.
      await waitOut(bench, CALL_LEASE_MS);
      bench.clock.step(CALL_LEASE_MS);
      await bench.store.expireLeases({ limit: 10, retry: SEND_RETRY, random: 0 });
      expect(await delivery(bench, bundling)).toMatchObject({ state: "unknown" });
      await settle(bench, attempt, "refused");
      expect(await delivery(bench, carrier)).toMatchObject({ state: "dead" });
      expect(await delivery(bench, bundling)).toMatchObject({ state: "parked", bundled_into: null });
    });

    test("isn't said again when its carrier failed, it went alone, and a person sends the carrier anew", async (bench) => {
      const bundling = await parked(bench, "m1");
      const carrier = await answered(bench, "m2");
      await call(bench, carrier, "sent");
      await recordReceipt(bench, { deliveryId: carrier, status: "failed", failure: failure("refused") });
      await call(bench, bundling, "sent");
      await bench.store.operate({ actionId: "a1", actor: "cli", action: "replay", id: carrier });
      const body = await nextCall(bench, carrier);
      expect(body).toContain("answer to m2");
      expect(body).not.toContain("answer to m1");
    });

    test("keeps its words for as long as a late receipt may come, though its own turn is old", async (bench) => {
      const bundling = await parked(bench, "m1");
      bench.clock.step(8 * DAY);
      const carrier = await answered(bench, "m2");
      await call(bench, carrier, "sent");
      await bench.store.purge({ ...RETENTION, contentMs: 7 * DAY });
      await recordReceipt(bench, { deliveryId: carrier, status: "failed", failure: failure("refused") });
      expect(await nextCall(bench, bundling)).toContain("answer to m1");
    });

    test("stays as it was where retention has deleted its words: nothing is left to send again", async (bench) => {
      const bundling = await parked(bench, "m1");
      const carrier = await answered(bench, "m2");
      await call(bench, carrier, "sent");
      await bench.change("delivery", { delivery_id: bundling }, { content_deleted: 1, messages: "[]" });
      await recordReceipt(bench, { deliveryId: carrier, status: "failed", failure: failure("refused") });
      expect(await delivery(bench, bundling)).toMatchObject({ state: "sent" });
    });
  });
}
