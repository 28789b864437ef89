/** Goal: a run is told step by step, and what is still under way isn't said to be done. Method: examples, and fast-check. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunWire } from "../../../../src/simulator/console-api/wire.ts";
import { outcomeOf, stepsOf } from "./run-steps.ts";

type Progress = RunWire["progress"][number];
const step = (words: string): Progress => ({ kind: "step", words, command: "says", input: {} });
const result = (given: Readonly<Record<string, unknown>> = {}): Progress => ({
  kind: "result",
  command: "says",
  result: given,
});
const waits = (words: string): Progress => ({ kind: "waits", words });
const begins: Progress = { kind: "begins", scenario: "two-lines", peerId: "U1" };
const verdict = (isMet: boolean) => ({ scenario: "two-lines", peerId: "U1", isMet, findings: [] });
const steps = (...progress: Progress[]) => stepsOf({ progress, verdict: null, failure: null });

test("a step is done when its result has come, and a wait when something follows it", () => {
  expect(
    steps(begins, step("writes"), result({ status: 200, result: "ok", eventId: "e" }), waits("one answer")),
  ).toEqual([
    { kind: "step", words: "writes", isDone: true, came: "200 ok" },
    { kind: "waits", words: "one answer", isDone: false, came: null },
  ]);
  expect(steps(waits("one answer"), step("writes again")).map(({ isDone }) => isDone)).toEqual([true, false]);
  expect(steps(step("arms a fault"), result()).map(({ came }) => came)).toEqual([null]);
});

test("with the verdict, or where it ended without one, nothing is under way", () => {
  const progress = [waits("one answer")];
  expect(stepsOf({ progress, verdict: verdict(true), failure: null })[0]?.isDone).toBe(true);
  expect(stepsOf({ progress, verdict: null, failure: "the gateway is gone" })[0]?.isDone).toBe(true);
  expect(steps(waits("one answer"), { kind: "verdict", verdict: verdict(true) })[0]?.isDone).toBe(true);
});

test("the outcome is that of the verdict, unless it failed", () => {
  expect(outcomeOf({ verdict: null, failure: null })).toBe("underWay");
  expect(outcomeOf({ verdict: verdict(true), failure: null })).toBe("asExpected");
  expect(outcomeOf({ verdict: verdict(false), failure: null })).toBe("notAsExpected");
  expect(outcomeOf({ verdict: null, failure: "the gateway is gone" })).toBe("failed");
});

test("whatever has happened, each step and wait is told once and in order, and only the last may be under way", () => {
  const any = fc.constantFrom(begins, step("a"), step("b"), result(), result({ status: 500 }), waits("c"));
  fc.assert(
    fc.property(fc.array(any), (progress) => {
      const told = steps(...progress);
      const named = progress.flatMap((one) => (one.kind === "step" || one.kind === "waits" ? one.words : []));
      expect(told.map(({ words }) => words)).toEqual(named);
      expect(told.slice(0, -1).every(({ isDone }) => isDone)).toBe(true);
    }),
  );
});
