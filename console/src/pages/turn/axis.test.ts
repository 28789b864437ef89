/** Goal: the axis keeps the order of time, and cuts what is long and idle, never what was slow. Method: examples; any rows. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { axisOf, gridOf } from "./axis.ts";
import type { Row, RowKind } from "./rows.ts";

const row = (kind: RowKind, startAt: number, endAt: number): Row => ({
  id: `${kind} ${startAt}`,
  kind,
  tone: "calm",
  depth: 0,
  startAt,
  endAt,
  isOpen: false,
  label: { key: "none", values: {} },
  said: null,
  marks: [],
  facts: [],
});

const HOUR = 3_600_000;

test("hours that an answer was parked are cut, and the rest keeps its proportions", () => {
  const rows = [
    row("quiet", 0, 1_000),
    row("call", 1_000, 2_000),
    row("parked", 2_000, HOUR),
    row("call", HOUR, HOUR + 8),
  ];
  const axis = axisOf(0, rows, false);
  expect(axis.cuts).toEqual([{ from: 2_000, to: HOUR }]);
  expect(axis.position(1_000)).toBeCloseTo(axis.position(2_000) - axis.position(1_000));
  expect(axis.position(HOUR + 8)).toBe(1);
});

test("an agent that took forty seconds is drawn as long as it took", () => {
  const axis = axisOf(0, [row("quiet", 0, 1_000), row("agent", 1_000, 41_000)], false);
  expect(axis.cuts).toEqual([]);
  expect(axis.position(1_000)).toBeCloseTo(1 / 41);
});

test("two long gaps are both cut", () => {
  const rows = [row("call", 0, 100), row("call", HOUR, HOUR + 100), row("call", 2 * HOUR, 2 * HOUR + 100)];
  expect(axisOf(0, rows, false).cuts).toHaveLength(2);
});

test("cuts that touch are one", () => {
  const rows = [row("call", 0, 100), row("receipt", HOUR, HOUR), row("call", 3 * HOUR, 3 * HOUR + 100)];
  expect(axisOf(0, rows, false).cuts).toEqual([{ from: 100, to: 3 * HOUR }]);
});

test("the true scale cuts nothing", () => {
  const axis = axisOf(0, [row("call", 0, 100), row("call", HOUR, HOUR + 100)], true);
  expect(axis.cuts).toEqual([]);
  expect(axis.position(HOUR / 2)).toBeCloseTo(0.5, 3);
});

test("a token that outlives everything doesn't stretch the axis", () => {
  expect(axisOf(0, [row("token", 0, 50_000), row("call", 0, 1_000)], false).endAt).toBe(1_000);
});

const KINDS = ["event", "quiet", "waits", "agent", "call", "parked", "unknown", "token", "receipt"] as const;
const anyRows = fc.array(
  fc
    .tuple(fc.constantFrom(...KINDS), fc.nat(10 * HOUR), fc.nat(HOUR))
    .map(([kind, startAt, lengthMs]) => row(kind, startAt, startAt + lengthMs)),
  { maxLength: 12 },
);

test("whatever is cut, what is later is never drawn further left, and nothing outside", () => {
  fc.assert(
    fc.property(anyRows, fc.boolean(), (rows, isTrueScale) => {
      const axis = axisOf(0, rows, isTrueScale);
      const moments = [0, ...rows.flatMap(({ startAt, endAt }) => [startAt, endAt])].toSorted((a, b) => a - b);
      const drawn = moments.map((at) => axis.position(at));
      expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
      expect(drawn.every((share) => share >= 0 && share <= 1)).toBe(true);
      for (const { startAt, endAt, kind } of rows.filter((one) => one.kind === "agent" || one.kind === "call"))
        for (const cut of axis.cuts) expect(endAt <= cut.from || startAt >= cut.to, kind).toBe(true);
      expect(gridOf(axis).length).toBeLessThanOrEqual(20);
    }),
  );
});
