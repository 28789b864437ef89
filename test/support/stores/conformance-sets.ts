/**
 * Goal: what a person sent in one act (an album of images) is one turn in its order, in whatever order its parts arrive, and
 * never waits longer than the policy says (G5).
 * Method: sets by example, with the clock in our hand.
 */
import { describe, expect } from "vitest";
import { mustClaim, say, sayNow } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { BATCH, message, policy, T } from "./samples.ts";

const LIMIT = 100;

function part(bench: Bench, index: number, change: { total?: number; quietMs?: number; sentAt?: number } = {}) {
  const { total = 3, quietMs = BATCH.quietMs, sentAt = T } = change;
  const saying = { part: { setId: "album", index, total }, sentAt };
  return say(bench, `image-${index}`, saying, { batch: { ...BATCH, quietMs } });
}

async function isSealed(bench: Bench, turnId: string): Promise<boolean> {
  const { due } = await bench.store.dueTurns(LIMIT);
  return due.includes(turnId) && (await bench.store.sealTurn(turnId)).kind === "ready";
}

async function namesOf(bench: Bench, turnId: string): Promise<readonly string[]> {
  return (await mustClaim(bench, turnId)).events.map(({ platformEventId }) => platformEventId.replace("evt-", ""));
}

export function keepingSets(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a set", () => {
    test("is one turn in its own order, and its turn waits for the part that is missing", async (bench) => {
      const { turnId } = await part(bench, 3, { sentAt: T + 2 });
      bench.clock.step(BATCH.quietMs);
      expect(await isSealed(bench, turnId)).toBe(false);
      expect(await part(bench, 1, { sentAt: T + 1 })).toMatchObject({ turnId, turnReady: false });
      bench.clock.step(3_000);
      expect(await isSealed(bench, turnId)).toBe(false);
      expect(await part(bench, 2, { sentAt: T + 3 })).toMatchObject({ turnId, turnReady: false });
      expect(await bench.store.dueTurns(LIMIT)).toEqual({ due: [], nextInMs: BATCH.quietMs });
      bench.clock.step(BATCH.quietMs);
      expect(await isSealed(bench, turnId)).toBe(true);
      expect(await namesOf(bench, turnId)).toEqual(["image-1", "image-2", "image-3"]);
    });

    test("that stays incomplete is a turn after maxWaitMs, and the rest waits for no part that came before", async (bench) => {
      const { turnId } = await part(bench, 2);
      bench.clock.step(BATCH.maxWaitMs - 1);
      expect(await isSealed(bench, turnId)).toBe(false);
      bench.clock.step(1);
      expect(await isSealed(bench, turnId)).toBe(true);
      const { turnId: rest } = await part(bench, 3);
      expect(rest).not.toBe(turnId);
      await part(bench, 1);
      bench.clock.step(BATCH.quietMs);
      expect(await isSealed(bench, rest)).toBe(true);
      expect(await namesOf(bench, turnId)).toEqual(["image-2"]);
    });

    test("is one turn without a quiet time, too, due with its last part", async (bench) => {
      const { turnId, turnReady } = await part(bench, 2, { total: 2, quietMs: 0 });
      expect(turnReady).toBe(false);
      bench.clock.step(1_000);
      expect(await isSealed(bench, turnId)).toBe(false);
      expect(await part(bench, 1, { total: 2, quietMs: 0 })).toMatchObject({ turnId, turnReady: true });
      expect(await namesOf(bench, turnId)).toEqual(["image-1", "image-2"]);
    });

    test("of which a part was taken back is complete without it", async (bench) => {
      const { turnId } = await part(bench, 1, { total: 2 });
      await bench.store.ingest(
        { ...message("u1", { effect: "store", revises: { kind: "retract", of: "message:image-1" } }), type: "unsend" },
        policy(),
      );
      await part(bench, 2, { total: 2 });
      bench.clock.step(BATCH.quietMs);
      expect(await isSealed(bench, turnId)).toBe(true);
      expect(await namesOf(bench, turnId)).toEqual(["image-2"]);
    });

    test("stands among other messages where it began", async (bench) => {
      const { turnId } = await part(bench, 2, { total: 2, sentAt: T + 1 });
      await say(bench, "before", { sentAt: T });
      await say(bench, "after", { sentAt: T + 2 });
      await part(bench, 1, { total: 2, sentAt: T + 3 });
      bench.clock.step(BATCH.quietMs);
      expect(await isSealed(bench, turnId)).toBe(true);
      expect(await namesOf(bench, turnId)).toEqual(["before", "image-1", "image-2", "after"]);
    });

    test("doesn't hold up what is due at once", async (bench) => {
      const { turnId } = await part(bench, 1);
      expect(await sayNow(bench, "tap")).toMatchObject({ turnId, turnReady: true });
    });

    test("of one person is no other person's set of the same id", async (bench) => {
      await part(bench, 1, { total: 2 });
      const other = await say(bench, "other", { peerId: "U2", part: { setId: "album", index: 2, total: 2 } });
      bench.clock.step(BATCH.quietMs);
      expect(await isSealed(bench, other.turnId)).toBe(false);
    });
  });
}
