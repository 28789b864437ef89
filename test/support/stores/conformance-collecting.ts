/**
 * Goal: a person's burst of messages is one turn, each in exactly one, and nobody waits longer than the policy says
 * (G4, G5; regressions 14–23).
 * Method: bursts by example and at random, with the clock in our hand and set back while the process was away.
 */
import fc from "fast-check";
import { describe, expect } from "vitest";
import { claim, claimed, mustClaim, say, sayNow, setBack, stateOf, waitedFor } from "./conformance-steps.ts";
import { type Bench, dump, oneRow, onFresh, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import { BATCH, DAY, HOUR, MINUTE, message, policy, retraction, T } from "./samples.ts";

const LIMIT = 100;

/** Looks as the gateway does: a turn that is listed is sealed, unless it turns out that it is not due yet. */
async function isSealed(bench: Bench, turnId: string): Promise<boolean> {
  const { due } = await bench.store.dueTurns(LIMIT);
  return due.includes(turnId) && (await bench.store.sealTurn(turnId)).kind === "ready";
}

async function isReady(bench: Bench, turnId: string): Promise<boolean> {
  return (await readyTurns(bench.store, LIMIT)).due.includes(turnId);
}

function takeBack(bench: Bench, id: string) {
  const event = { ...message(`unsend-${id}`, { effect: "store", revises: retraction(id) }), type: "unsend" };
  return bench.store.ingest(event, policy());
}

export function batching(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a collecting turn", () => {
    test("is due when the person has been quiet for quietMs, counted from the last message", async (bench) => {
      const { turnId } = await say(bench, "m1");
      bench.clock.step(1_000);
      expect(await say(bench, "m2")).toMatchObject({ turnId, turnReady: false });
      bench.clock.step(1_499);
      expect(await isSealed(bench, turnId)).toBe(false);
      expect(await bench.store.dueTurns(LIMIT)).toEqual({ due: [], nextInMs: 1 });
      bench.clock.step(1);
      expect(await isSealed(bench, turnId)).toBe(true);
    });

    test("is due after maxWaitMs though the person goes on", async (bench) => {
      const { turnId } = await say(bench, "m0");
      for (let index = 1; index <= 7; index++) {
        bench.clock.step(1_000);
        expect(await say(bench, `m${index}`)).toMatchObject({ turnId, turnReady: false });
        expect(await isSealed(bench, turnId)).toBe(false);
      }
      bench.clock.step(999);
      expect(await isSealed(bench, turnId)).toBe(false);
      bench.clock.step(1);
      expect(await isSealed(bench, turnId)).toBe(true);
    });

    test("is due at once when it holds maxEvents, and the next message opens another", async (bench) => {
      const batch = { ...BATCH, maxEvents: 3 };
      const { turnId } = await say(bench, "m1", {}, { batch });
      expect(await say(bench, "m2", {}, { batch })).toMatchObject({ turnId, turnReady: false });
      expect(await say(bench, "m3", {}, { batch })).toMatchObject({ turnId, turnReady: true });
      const next = await say(bench, "m4", {}, { batch });
      expect(next.turnId).not.toBe(turnId);
      expect((await mustClaim(bench, turnId)).events).toHaveLength(3);
    });

    test("is due at once, with what it has, when an event asks not to wait", async (bench) => {
      const { turnId } = await say(bench, "m1");
      expect(await sayNow(bench, "m2")).toMatchObject({ turnId, turnReady: true });
      expect((await say(bench, "m3")).turnId).not.toBe(turnId);
      expect((await mustClaim(bench, turnId)).events).toMatchObject([
        { platformEventId: "evt-m1" },
        { platformEventId: "evt-m2" },
      ]);
    });

    test("with quietMs 0 is due at once, each message for itself", async (bench) => {
      const batch = { ...BATCH, quietMs: 0 };
      const first = await say(bench, "m1", {}, { batch });
      const second = await say(bench, "m2", {}, { batch });
      expect([first.turnReady, second.turnReady]).toEqual([true, true]);
      expect(second.turnId).not.toBe(first.turnId);
    });

    test("keeps the policy that it was opened with", async (bench) => {
      const { turnId } = await say(bench, "m1");
      const other = { quietMs: 0, maxWaitMs: 0, maxEvents: 1 };
      expect(await say(bench, "m2", {}, { batch: other })).toMatchObject({ turnId, turnReady: false });
      expect(await waitedFor(bench, () => isSealed(bench, turnId), MINUTE)).toBe(1_500);
    });

    test("of one person doesn't hold another's message", async (bench) => {
      const first = await say(bench, "m1");
      const second = await say(bench, "m2", { peerId: "U2" });
      expect(second.turnId).not.toBe(first.turnId);
      expect(second.conversationId).not.toBe(first.conversationId);
    });

    test("doesn't take what comes while an earlier turn is with the agent into that turn", async (bench) => {
      const running = await claimed(bench, "m1");
      const next = await say(bench, "m2");
      expect(next.turnId).not.toBe(running.turnId);
      expect(await bench.rows("event", { turn_id: running.turnId })).toHaveLength(1);
    });

    test("can't be doubled even by raw rows", async (bench) => {
      const { turnId } = await say(bench, "m1");
      const [row = {}] = await bench.rows("turn", { turn_id: turnId });
      await expect(async () => bench.insert("turn", { ...row, turn_id: "other", seq: 999 })).rejects.toThrow();
    });

    test("is listed no more often than asked for", async (bench) => {
      for (const id of ["a", "b", "c", "d", "e"]) {
        await say(bench, id, { peerId: id });
        bench.clock.step(1);
      }
      bench.clock.step(MINUTE);
      expect((await bench.store.dueTurns(2)).due).toHaveLength(2);
    });
  });

  describe("dueTurns and readyTurns", () => {
    test("say that nothing waits when nothing does", async (bench) => {
      expect(await bench.store.dueTurns(LIMIT)).toEqual({ due: [], nextInMs: null });
      expect(await readyTurns(bench.store, LIMIT)).toEqual({ due: [], nextInMs: null });
    });

    test("change nothing", async (bench) => {
      await say(bench, "m1");
      await sayNow(bench, "m2", { peerId: "U2" });
      bench.clock.step(MINUTE);
      const before = await dump(bench);
      await bench.store.dueTurns(LIMIT);
      await readyTurns(bench.store, LIMIT);
      expect(await dump(bench)).toEqual(before);
    });
  });

  describe("sealTurn", () => {
    test("makes a turn ready once, and is late the second time", async (bench) => {
      const { turnId } = await say(bench, "m1");
      bench.clock.step(1_500);
      const seals = await Promise.all([bench.store.sealTurn(turnId), bench.store.sealTurn(turnId)]);
      expect(seals.map(({ kind }) => kind).sort()).toEqual(["gone", "ready"]);
      expect(await isReady(bench, turnId)).toBe(true);
      expect(await bench.store.dueTurns(LIMIT)).toEqual({ due: [], nextInMs: null });
    });

    test("finds a turn that nobody knows gone", async (bench) => {
      expect((await bench.store.sealTurn("turn_unknown")).kind).toBe("gone");
    });

    test("closes a turn whose events are gone as empty", async (bench) => {
      const { turnId } = await say(bench, "m1");
      await bench.remove("event", {});
      expect((await bench.store.sealTurn(turnId)).kind).toBe("empty");
      expect(await stateOf(bench, "turn", turnId)).toBe("empty");
      expect(await claim(bench, turnId)).toBeNull();
    });

    test("lets the next message open another turn", async (bench) => {
      const { turnId } = await say(bench, "m1");
      bench.clock.step(1_500);
      await bench.store.sealTurn(turnId);
      expect((await say(bench, "m2")).turnId).not.toBe(turnId);
    });

    test("leaves a turn that is not due yet, because of a message since, to later", async (bench) => {
      const { turnId } = await say(bench, "m1");
      bench.clock.step(1_499);
      await say(bench, "m2");
      bench.clock.step(1);
      expect((await bench.store.sealTurn(turnId)).kind).toBe("later");
      expect(await stateOf(bench, "turn", turnId)).toBe("collecting");
      expect(await bench.store.dueTurns(LIMIT)).toEqual({ due: [], nextInMs: 1_499 });
    });
  });
}

export function retracting(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a message that the person takes back", () => {
    test("leaves a turn that is collecting", async (bench) => {
      const { turnId } = await say(bench, "m1");
      const { eventId } = await say(bench, "m2");
      await takeBack(bench, "m2");
      expect(await stateOf(bench, "event", eventId)).toBe("retracted");
      bench.clock.step(1_500);
      expect((await bench.store.sealTurn(turnId)).kind).toBe("ready");
      expect((await mustClaim(bench, turnId)).events).toMatchObject([{ platformEventId: "evt-m1" }]);
    });

    test("leaves a turn that is ready and not claimed yet", async (bench) => {
      await say(bench, "m1");
      const { turnId } = await sayNow(bench, "m2");
      await takeBack(bench, "m1");
      expect((await mustClaim(bench, turnId)).events).toMatchObject([{ platformEventId: "evt-m2" }]);
    });

    test("closes its turn as empty when it was the last of a collecting one", async (bench) => {
      const { turnId } = await say(bench, "m1");
      await takeBack(bench, "m1");
      bench.clock.step(1_500);
      expect((await bench.store.dueTurns(LIMIT)).due).toEqual([turnId]);
      expect((await bench.store.sealTurn(turnId)).kind).toBe("empty");
    });

    test("closes its turn as empty when it was the last of a ready one", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      await takeBack(bench, "m1");
      expect(await claim(bench, turnId)).toBeNull();
      expect(await stateOf(bench, "turn", turnId)).toBe("empty");
    });

    test("stays in a turn that an agent has, and in one that an agent had", async (bench) => {
      await say(bench, "m1");
      const { turnId } = await sayNow(bench, "m2");
      const turn = await mustClaim(bench, turnId);
      expect(await takeBack(bench, "m1")).toMatchObject({ kind: "accepted" });
      expect(await bench.rows("event", { state: "retracted" })).toEqual([]);
      await bench.store.failTurn({ ...turn, failure: { kind: "handed-back" }, retry: never, random: 0 });
      expect(await stateOf(bench, "turn", turnId)).toBe("ready");
      // The other one: a message is taken back once, and a second time would be a copy that changes nothing.
      expect(await takeBack(bench, "m2")).toMatchObject({ kind: "accepted" });
      expect(await bench.rows("event", { state: "retracted" })).toEqual([]);
      const again = await mustClaim(bench, turnId);
      expect(again.attempt).toBe(turn.attempt + 1);
      expect(again.events).toEqual(turn.events);
      expect(again.events).toHaveLength(2);
    });

    test("is an event of its own", async (bench) => {
      await say(bench, "m1");
      expect(await takeBack(bench, "m1")).toMatchObject({ kind: "accepted", turnId: null });
      expect(await takeBack(bench, "m1")).toMatchObject({ kind: "duplicate" });
    });

    test("of another account is not touched by the same key", async (bench) => {
      await say(bench, "m1", { account: "second" });
      await takeBack(bench, "m1");
      expect(await bench.rows("event", { state: "retracted" })).toEqual([]);
    });

    test("and that nobody knows is no error", async (bench) => {
      expect(await takeBack(bench, "m1")).toMatchObject({ kind: "accepted" });
    });
  });
}

const never = { baseMs: 1, capMs: 1, maxAttempts: 1_000, maxAgeMs: DAY };

export function boundingWaits(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("however fast a person types", () => {
    test("their turn is due maxWaitMs after its first message, at the latest", async () => {
      const gaps = fc.array(fc.integer({ min: 0, max: 1_600 }), { minLength: 1, maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(gaps, (gapsMs) => onFresh(harness, (bench) => expectBounded(bench, gapsMs))),
        { numRuns: 40 },
      );
    });
  });

  /** Types with the given pauses, sealing like the gateway does, and looks when each turn became ready. */
  async function expectBounded(bench: Bench, gapsMs: readonly number[]): Promise<void> {
    const openedAt = new Map<string, number>();
    const sealDue = async () => {
      for (const turnId of (await bench.store.dueTurns(LIMIT)).due) {
        expect(bench.clock.now() - (openedAt.get(turnId) ?? 0)).toBeLessThanOrEqual(BATCH.maxWaitMs);
        expect((await bench.store.sealTurn(turnId)).kind).toBeOneOf(["ready", "later"]);
      }
    };
    const wait = async (ms: number) => {
      for (let left = ms; ; ) {
        await sealDue();
        if (left === 0) return;
        const { nextInMs } = await bench.store.dueTurns(LIMIT);
        const step = Math.min(left, nextInMs ?? left);
        bench.clock.step(step);
        left -= step;
      }
    };
    const lengths = new Map<string, number>();
    for (const [index, gapMs] of gapsMs.entries()) {
      const { turnId } = await say(bench, `m${index}`);
      if (!openedAt.has(turnId)) openedAt.set(turnId, bench.clock.now());
      lengths.set(turnId, (lengths.get(turnId) ?? 0) + 1);
      await wait(gapMs);
    }
    await wait(BATCH.maxWaitMs);
    for (const [turnId, length] of lengths) {
      expect(await oneRow(bench, "turn", { turn_id: turnId })).toMatchObject({ state: "ready" });
      expect(await bench.rows("event", { turn_id: turnId, state: "accepted" })).toHaveLength(length);
    }
  }

  const STEPS_BACK = [100, 2_000, 6_000, MINUTE, HOUR, 2 * DAY];

  describe("a clock that was set back while the process was away", () => {
    for (const backMs of STEPS_BACK) {
      test(`by ${backMs} ms never makes a collecting turn wait longer than maxWaitMs more`, async (bench) => {
        const { turnId } = await say(bench, "m1");
        await setBack(bench, backMs);
        const waited = await waitedFor(bench, () => isSealed(bench, turnId), BATCH.maxWaitMs);
        expect(waited).toBeLessThanOrEqual(BATCH.maxWaitMs);
      });

      test(`by ${backMs} ms doesn't postpone a collecting turn`, async (bench) => {
        const { turnId } = await say(bench, "m1");
        await setBack(bench, backMs);
        const waited = await waitedFor(bench, () => isSealed(bench, turnId), BATCH.maxWaitMs);
        expect(waited).toBeLessThanOrEqual(BATCH.quietMs);
      });

      test(`by ${backMs} ms doesn't postpone a turn that is extended afterwards`, async (bench) => {
        const { turnId } = await say(bench, "m1");
        await setBack(bench, backMs);
        expect((await say(bench, "m2")).turnId).toBe(turnId);
        const waited = await waitedFor(bench, () => isSealed(bench, turnId), BATCH.maxWaitMs);
        expect(waited).toBeLessThanOrEqual(BATCH.quietMs);
      });

      test(`by ${backMs} ms doesn't postpone a turn that was ready`, async (bench) => {
        const { turnId } = await sayNow(bench, "m1");
        await setBack(bench, backMs);
        expect(await isReady(bench, turnId)).toBe(true);
        expect(await claim(bench, turnId)).not.toBeNull();
      });
    }

    test("doesn't hide turns behind those that are in order", async (bench) => {
      for (const id of ["a", "b", "c"]) await say(bench, id, { peerId: id });
      await setBack(bench, HOUR);
      for (const id of ["d", "e", "f"]) await say(bench, id, { peerId: id });
      await bench.clock.advance(BATCH.quietMs);
      for (let round = 0; round < 10; round++) {
        for (const turnId of (await bench.store.dueTurns(2)).due) await bench.store.sealTurn(turnId);
      }
      expect(await bench.rows("turn", { state: "ready" })).toHaveLength(6);
    });

    test("and forwards makes what waited due, and nothing else", async (bench) => {
      const { turnId } = await say(bench, "m1");
      bench.clock.step(2 * DAY);
      await bench.crash();
      expect(await bench.store.dueTurns(LIMIT)).toMatchObject({ due: [turnId] });
      expect(await say(bench, "m2")).toMatchObject({ turnId, receivedAt: T + 2 * DAY });
    });
  });
}
