/** Goal: time never goes back, no timer fires early or at once because it is far, and a wait always ends. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { deadline, pause, systemClock } from "./clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

afterEach(() => {
  vi.useRealTimers();
});

/** The wall clock and the timers, in the test's hands; `performance` goes with them. */
function atNoon() {
  const noon = Date.parse("2026-11-22T12:00:00Z");
  vi.useFakeTimers({ now: noon });
  return { noon, clock: systemClock() };
}

describe("the process's clock", () => {
  test("shows whole milliseconds of the wall clock", () => {
    const clock = systemClock();
    expect(Number.isInteger(clock.now())).toBe(true);
    const before = Date.now();
    const now = clock.now();
    const after = Date.now();
    expect(now).toBeGreaterThanOrEqual(before - 50);
    expect(now).toBeLessThanOrEqual(after + 50);
  });

  test("goes on with monotonic time", () => {
    const { noon, clock } = atNoon();
    vi.advanceTimersByTime(1_234);
    expect(clock.now()).toBe(noon + 1_234);
  });

  test("doesn't follow a wall clock that is set back", () => {
    const { noon, clock } = atNoon();
    vi.setSystemTime(noon - HOUR);
    expect(clock.now()).toBe(noon);
    vi.advanceTimersByTime(500);
    expect(clock.now()).toBe(noon + 500);
  });

  test("follows a wall clock that was set forward and stayed, and stays there when it is set back again", () => {
    const { noon, clock } = atNoon();
    vi.setSystemTime(noon + HOUR);
    expect(clock.now()).toBe(noon);
    vi.advanceTimersByTime(2 * MINUTE);
    expect(clock.now()).toBe(noon + HOUR + 2 * MINUTE);
    vi.setSystemTime(noon);
    expect(clock.now()).toBe(noon + HOUR + 2 * MINUTE);
    vi.advanceTimersByTime(500);
    expect(clock.now()).toBe(noon + HOUR + 2 * MINUTE + 500);
  });

  test("is not moved by a wall clock that is only slewed", () => {
    const { noon, clock } = atNoon();
    vi.setSystemTime(noon + 900);
    expect(clock.now()).toBe(noon);
  });

  test("never goes back, whatever the wall clock does", () => {
    const { noon, clock } = atNoon();
    let last = clock.now();
    for (const step of [5_000, -9_000, 400, -400, 1_001, -1_001, 86_400_000, -86_400_000, 1]) {
      vi.setSystemTime(Date.now() + step);
      vi.advanceTimersByTime(step === 5_000 ? 3 * MINUTE : 3);
      const now = clock.now();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    expect(last).toBeGreaterThan(noon);
  });

  test("fires once, not before its time, and not when it was cancelled", () => {
    const { clock } = atNoon();
    const fired: string[] = [];
    clock.after(100, () => fired.push("kept"));
    const cancel = clock.after(100, () => fired.push("cancelled"));
    cancel();
    vi.advanceTimersByTime(99);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(10_000);
    expect(fired).toEqual(["kept"]);
    cancel();
  });

  test("takes a fraction for the next whole millisecond, and a time that has passed for now", () => {
    const { clock } = atNoon();
    const fired: string[] = [];
    clock.after(1.2, () => fired.push("fraction"));
    clock.after(-5, () => fired.push("passed"));
    vi.advanceTimersByTime(1);
    expect(fired).toEqual(["passed"]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual(["passed", "fraction"]);
  });

  test.each([2_147_483_648, 4_294_967_296, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
    "doesn't fire at once for %i ms, which setTimeout can't count",
    (delayMs) => {
      const { clock } = atNoon();
      const fired: string[] = [];
      clock.after(delayMs, () => fired.push("far"));
      vi.advanceTimersByTime(86_400_000);
      expect(fired).toEqual([]);
    },
  );
});

describe("a pause", () => {
  test("ends after its time", async () => {
    const clock = manualClock();
    let isOver = false;
    void pause(clock, 50).then(() => {
      isOver = true;
    });
    await clock.advance(49);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
  });

  test("ends when its signal is aborted, and leaves no timer", async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const paused = pause(clock, 50, stop.signal);
    stop.abort();
    await paused;
    expect(clock.nextIn()).toBeNull();
  });

  test("doesn't begin under an aborted signal", async () => {
    const clock = manualClock();
    await pause(clock, 50, AbortSignal.abort());
    expect(clock.nextIn()).toBeNull();
  });
});

describe("a deadline", () => {
  test("aborts its signal after its time, and not a moment before", async () => {
    const clock = manualClock();
    const { signal } = deadline(clock, 50);
    await clock.advance(49);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.aborted).toBe(true);
  });

  test("is never reached once it is cancelled, not by its parent either", async () => {
    const clock = manualClock();
    const parent = new AbortController();
    const { signal, cancel } = deadline(clock, 50, parent.signal);
    cancel();
    await clock.advance(100);
    parent.abort();
    expect(signal.aborted).toBe(false);
    expect(clock.nextIn()).toBeNull();
  });

  test("comes with its parent's end, even one that is past", () => {
    const parent = new AbortController();
    const { signal } = deadline(manualClock(), 50, parent.signal);
    parent.abort();
    expect(signal.aborted).toBe(true);
    expect(deadline(manualClock(), 50, parent.signal).signal.aborted).toBe(true);
  });

  test("whose parent ended leaves no timer once it is cancelled", () => {
    const clock = manualClock();
    const { cancel } = deadline(clock, 50, AbortSignal.abort());
    cancel();
    expect(clock.nextIn()).toBeNull();
  });
});
