/**
 * Goal: no person waits longer than the policy says, whatever they type and whatever the clock does (G5).
 * Method: properties over whole conversations and over clocks that jump.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BatchPolicy, type BatchState, dueAt, waitMs } from "./batch.ts";

const POLICY: BatchPolicy = { quietMs: 1_500, maxWaitMs: 8_000, maxEvents: 50 };
const T = 1_790_000_000_000;

function collecting(change: Partial<BatchState> = {}): BatchState {
  return { firstEventAt: T, lastEventAt: T, eventCount: 1, immediate: false, isIncomplete: false, ...change };
}

const instant = fc.integer({ min: 0, max: 2 ** 42 });
const policy = fc.record({
  quietMs: fc.integer({ min: 0, max: 60_000 }),
  maxWaitMs: fc.integer({ min: 0, max: 600_000 }),
  maxEvents: fc.integer({ min: 1, max: 100 }),
});
/** Any pair of times, also a last event long before the first: a clock may be set between the two. */
const anyTurn = fc.record({
  firstEventAt: instant,
  lastEventAt: instant,
  eventCount: fc.integer({ min: 1, max: 200 }),
  immediate: fc.boolean(),
  isIncomplete: fc.boolean(),
});

describe("a collecting turn is due", () => {
  test("when the person has been quiet for quietMs", () => {
    expect(dueAt(collecting({ lastEventAt: T + 2_000, eventCount: 3 }), POLICY)).toBe(T + 3_500);
  });

  test("after maxWaitMs, however fast the person types", () => {
    expect(dueAt(collecting({ lastEventAt: T + 7_999, eventCount: 30 }), POLICY)).toBe(T + 8_000);
  });

  test("after maxWaitMs when a part of a set is missing, and earlier when it must be", () => {
    const album = collecting({ lastEventAt: T + 700, isIncomplete: true });
    expect(dueAt(album, POLICY)).toBe(T + 8_000);
    expect(dueAt(album, { ...POLICY, quietMs: 0 })).toBe(T + 8_000);
    expect(dueAt({ ...album, immediate: true }, POLICY)).toBe(T + 700);
    expect(dueAt({ ...album, eventCount: 50 }, POLICY)).toBe(T + 700);
  });

  test("at its last event when one of them is due at once", () => {
    expect(dueAt(collecting({ lastEventAt: T + 700, eventCount: 2, immediate: true }), POLICY)).toBe(T + 700);
  });

  test("at its last event when it is full, and not one event before", () => {
    expect(dueAt(collecting({ lastEventAt: T + 700, eventCount: 49 }), POLICY)).toBe(T + 2_200);
    expect(dueAt(collecting({ lastEventAt: T + 700, eventCount: 50 }), POLICY)).toBe(T + 700);
  });

  test("at once when batching is off", () => {
    expect(dueAt(collecting(), { ...POLICY, quietMs: 0 })).toBe(T);
  });

  test("never later than maxWaitMs after its first event, whatever the clock did in between", () => {
    fc.assert(
      fc.property(anyTurn, policy, (turn, limits) => {
        expect(dueAt(turn, limits)).toBeLessThanOrEqual(turn.firstEventAt + limits.maxWaitMs);
      }),
    );
  });

  test("never later because an event is due at once, or because one more made it full", () => {
    fc.assert(
      fc.property(anyTurn, policy, (turn, limits) => {
        const patient = dueAt({ ...turn, immediate: false, eventCount: 0 }, limits);
        expect(dueAt({ ...turn, immediate: true }, limits)).toBeLessThanOrEqual(patient);
        expect(dueAt({ ...turn, eventCount: limits.maxEvents }, limits)).toBeLessThanOrEqual(patient);
      }),
    );
  });

  test("never before its first event, as long as it waits for more", () => {
    fc.assert(
      fc.property(anyTurn, policy, (turn, limits) => {
        const due = dueAt({ ...turn, immediate: false, eventCount: 0 }, limits);
        expect(due).toBeGreaterThanOrEqual(turn.firstEventAt);
      }),
    );
  });

  test("no earlier for a later event, and no earlier for a longer policy", () => {
    fc.assert(
      fc.property(anyTurn, policy, fc.nat(100_000), (turn, limits, more) => {
        const waiting = { ...turn, immediate: false, eventCount: 0 };
        const due = dueAt(waiting, limits);
        expect(dueAt({ ...waiting, lastEventAt: waiting.lastEventAt + more }, limits)).toBeGreaterThanOrEqual(due);
        expect(dueAt(waiting, { ...limits, quietMs: limits.quietMs + more })).toBeGreaterThanOrEqual(due);
        expect(dueAt(waiting, { ...limits, maxWaitMs: limits.maxWaitMs + more })).toBeGreaterThanOrEqual(due);
      }),
    );
  });

  test("for a person who never stops typing, as soon as the turn is full or maxWaitMs is over", () => {
    const gaps = fc.array(fc.nat(1_499), { minLength: 60, maxLength: 80 });
    fc.assert(
      fc.property(gaps, (pauses) => {
        let turn = collecting();
        for (const pause of pauses) {
          const at = turn.lastEventAt + pause;
          if (at >= dueAt(turn, POLICY)) break;
          turn = { ...turn, lastEventAt: at, eventCount: turn.eventCount + 1 };
        }
        expect(turn.eventCount).toBeLessThanOrEqual(POLICY.maxEvents);
        expect(dueAt(turn, POLICY)).toBeLessThanOrEqual(T + POLICY.maxWaitMs);
      }),
    );
  });
});

describe("a wait", () => {
  test("is the time that is left", () => {
    expect(waitMs(T + 300, T, 8_000)).toBe(300);
    expect(waitMs(T + 8_000, T, 8_000)).toBe(8_000);
  });

  test("is over at the very moment, and stays over", () => {
    expect(waitMs(T, T, 8_000)).toBe(0);
    expect(waitMs(T, T + 1, 8_000)).toBe(0);
  });

  test("is over when it is longer than the longest possible: the clock was set back", () => {
    expect(waitMs(T + 8_001, T, 8_000)).toBe(0);
    expect(waitMs(T, T - 86_400_000, 8_000)).toBe(0);
  });

  test("is never negative and never longer than the longest", () => {
    fc.assert(
      fc.property(instant, instant, fc.nat(600_000), (at, now, longest) => {
        const wait = waitMs(at, now, longest);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(longest);
      }),
    );
  });
});
