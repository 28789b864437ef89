/**
 * Goal: every line is shown once and in order, and whatever may have been missed is noticed.
 * Method: streams that break off, begin anew and overlap, as examples and with fast-check.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { FeedEntryWire } from "../../../src/http/admin/wire.ts";
import { type FeedEvent, type FeedState, LINES_MAX, NO_FEED, reduceFeed } from "./feed-state.ts";

const line = (number: number, owner = "a"): FeedEntryWire => ({
  id: `${owner}.${number}`,
  at: "2026-12-01T00:00:00.000Z",
  level: "info",
  message: `line ${number}`,
  fields: {},
});
const lines = (...numbers: number[]): FeedEvent => ({ kind: "lines", lines: numbers.map((one) => line(one)), at: 5 });
const hello = (owner: string): FeedEvent => ({ kind: "hello", owner, nodes: 1, at: 1 });
const after = (...events: FeedEvent[]): FeedState => events.reduce(reduceFeed, NO_FEED);
const numbersOf = (state: FeedState) => state.lines.map(({ id }) => id);

test("a stream that greets is live, and its lines are kept in order", () => {
  const state = after(hello("a"), lines(1, 2), lines(3));
  expect(state).toMatchObject({ status: "live", owner: "a", nodes: 1, gaps: 0, lastAt: 5 });
  expect(numbersOf(state)).toEqual(["a.1", "a.2", "a.3"]);
});

test("a stream that begins anew and tells everything again adds only what is new", () => {
  const state = after(hello("a"), lines(1, 2, 3), { kind: "lost" }, hello("a"), lines(1, 2, 3, 4));
  expect(numbersOf(state)).toEqual(["a.1", "a.2", "a.3", "a.4"]);
  expect(state).toMatchObject({ status: "live", gaps: 0 });
});

test("a number that was left out, a gap and another process each say that something may have been missed", () => {
  expect(after(hello("a"), lines(1), lines(3)).gaps).toBe(1);
  expect(after(hello("a"), { kind: "gap" }).gaps).toBe(1);
  expect(after(hello("a"), lines(1), { kind: "lost" }, hello("b")).gaps).toBe(1);
});

test("the lines of a new process follow those of the old one, although its numbers begin anew", () => {
  const state = after(hello("a"), lines(7, 8), hello("b"), { kind: "lines", lines: [line(1, "b")], at: 9 });
  expect(numbersOf(state)).toEqual(["a.7", "a.8", "b.1"]);
});

test("what was heard stays when the stream is lost", () => {
  const state = after(hello("a"), lines(1), { kind: "lost" });
  expect(state).toMatchObject({ status: "lost", lastAt: 5 });
  expect(state.lines).toHaveLength(1);
});

test("nothing new leaves the list as it is, so that nothing is drawn again", () => {
  const state = after(hello("a"), lines(1, 2));
  expect(reduceFeed(state, lines(1, 2)).lines).toBe(state.lines);
});

test("only the newest lines are kept", () => {
  const state = after(hello("a"), lines(...Array.from({ length: LINES_MAX + 5 }, (_, index) => index + 1)));
  expect(state.lines).toHaveLength(LINES_MAX);
  expect(state.lines[0]?.id).toBe("a.6");
});

test("however a stream is cut and told again, each line is there once, in order, and nothing is missed", () => {
  const cuts = fc.array(fc.record({ from: fc.nat(50), count: fc.nat(20) }), { maxLength: 20 });
  fc.assert(
    fc.property(cuts, (parts) => {
      let told = 0;
      const events = parts.map(({ from, count }) => {
        const start = Math.min(from, told);
        const end = start + count;
        told = Math.max(told, end);
        return lines(...Array.from({ length: end - start }, (_, index) => start + index + 1));
      });
      const state = after(hello("a"), ...events);
      expect(numbersOf(state)).toEqual(Array.from({ length: told }, (_, index) => `a.${index + 1}`));
      expect(state.gaps).toBe(0);
    }),
  );
});
