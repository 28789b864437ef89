/** Goal: the table allows the moves of the drawing in turn.ts and no other. */
import { expect, test } from "vitest";
import { canMove, TURN_STATES, TURN_TRANSITIONS, type TurnState } from "./turn.ts";

/** The arrows of the drawing, written down a second time. */
const ARROWS: readonly (readonly [TurnState, TurnState, string])[] = [
  ["collecting", "ready", "it is due, full or immediate"],
  ["collecting", "empty", "all its events are gone"],
  ["ready", "leased", "an owner claims it"],
  ["ready", "empty", "all its events are gone"],
  ["ready", "dead", "the tries ran out"],
  ["leased", "ready", "it failed, was handed back or its lease ran out"],
  ["leased", "done", "it was answered"],
  ["leased", "dead", "the agent refused it, or the tries ran out"],
  ["leased", "empty", "a later message took its events away"],
  ["dead", "ready", "a person replays it"],
];

const PAIRS = TURN_STATES.flatMap((from) => TURN_STATES.map((to) => ({ from, to })));

test.each(PAIRS)("from $from to $to: allowed only if the drawing has that arrow", ({ from, to }) => {
  expect(canMove(from, to)).toBe(ARROWS.some(([a, b]) => a === from && b === to));
});

test("the states are the seven of the glossary, and every target is one of them", () => {
  expect(TURN_STATES).toEqual(["collecting", "ready", "leased", "done", "dead", "empty", "skipped"]);
  for (const targets of Object.values(TURN_TRANSITIONS)) {
    expect(TURN_STATES).toEqual(expect.arrayContaining([...targets]));
  }
});

test("what is answered, empty or skipped stays so", () => {
  for (const state of ["done", "empty", "skipped"] as const) expect(TURN_TRANSITIONS[state]).toEqual([]);
});

test("a turn is answered only by the owner of its lease", () => {
  expect(TURN_STATES.filter((from) => canMove(from, "done"))).toEqual(["leased"]);
  expect(TURN_STATES.filter((from) => canMove(from, "leased"))).toEqual(["ready"]);
});

test("no waiting state is a trap: from each of them a turn can still be answered", () => {
  for (const start of ["collecting", "ready", "leased", "dead"] as const) {
    const reached = new Set<TurnState>([start]);
    for (const state of reached) for (const next of TURN_TRANSITIONS[state]) reached.add(next);
    expect(reached).toContain("done");
  }
});
