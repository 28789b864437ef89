/** Goal: a system clock that is wrong for seconds makes nothing old, and one that is set right is followed. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WallClock } from "./wall-clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.parse("2026-11-22T12:00:00Z");

let sleptMs = 0;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  sleptMs = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

const wallClock = () => new WallClock(() => (performance.now() + sleptMs) / 1_000);

/** What `date -s` does. */
function set(byMs: number): void {
  vi.setSystemTime(Date.now() + byMs);
}

/** Reads it each second, as a gateway does all the time. */
function passes(clock: WallClock, ms: number): void {
  for (let passed = 0; passed < ms; passed += 1_000) {
    vi.advanceTimersByTime(Math.min(1_000, ms - passed));
    clock.read();
  }
}

describe("the wall clock", () => {
  test("is the system's, in whole milliseconds, also while that is slewed", () => {
    const clock = wallClock();
    for (let second = 0; second < 60; second++) {
      set(900);
      vi.advanceTimersByTime(1_000);
      expect(clock.read()).toBe(Date.now());
    }
    expect(clock.sinceSteppedMs()).toBeNull();
  });

  test("that is a day ahead for seconds is read as if it weren't, and that is remembered", () => {
    const clock = wallClock();
    set(DAY);
    passes(clock, 4_000);
    expect(clock.read()).toBe(NOON + 4_000);
    expect(clock.doubtedMs()).toBe(DAY);
    set(-DAY);
    passes(clock, 500);
    expect(clock.read()).toBe(NOON + 4_500);
    expect(clock.doubtedMs()).toBe(0);
    expect(clock.sinceSteppedMs()).toBe(500);
  });

  test("that stays ahead is believed after two minutes", () => {
    const clock = wallClock();
    set(DAY);
    passes(clock, 2 * MINUTE);
    expect(clock.read()).toBe(NOON + 2 * MINUTE);
    passes(clock, 1_000);
    expect(clock.read()).toBe(NOON + DAY + 2 * MINUTE + 1_000);
  });

  test("that jumps about is believed only where it stays", () => {
    const clock = wallClock();
    for (let times = 0; times < 10; times++) {
      set(HOUR);
      passes(clock, MINUTE);
    }
    expect(clock.read()).toBe(NOON + 10 * MINUTE);
    passes(clock, 2 * MINUTE);
    expect(clock.read()).toBe(NOON + 10 * HOUR + 12 * MINUTE);
  });

  test("is followed back at once, and forward to where it was before", () => {
    const clock = wallClock();
    set(-DAY);
    expect(clock.read()).toBe(NOON - DAY);
    passes(clock, 4_000);
    set(DAY);
    expect(clock.read()).toBe(NOON + 4_000);
  });

  test("is followed at once by the time that the machine slept", () => {
    const clock = wallClock();
    set(8 * HOUR);
    sleptMs = 8 * HOUR;
    expect(clock.read()).toBe(NOON + 8 * HOUR);
    set(HOUR);
    expect(clock.read()).toBe(NOON + 8 * HOUR);
  });

  test("is followed at once after a sleep that it didn't show exactly, once that is over", () => {
    const clock = wallClock();
    set(8 * HOUR + 5_000);
    sleptMs = 8 * HOUR;
    passes(clock, 3 * MINUTE);
    const before = clock.read();
    expect(before).toBe(NOON + 8 * HOUR + 5_000 + 3 * MINUTE);
    set(HOUR);
    sleptMs += HOUR;
    expect(clock.read()).toBe(before + HOUR);
  });
});
