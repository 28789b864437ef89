/** Goal: long lists cost what is seen of them. Method: places in lists of several lengths. */
import { expect, test } from "vitest";
import { drawnRows, rowsInSight } from "./rows-in-sight.ts";

test("of any number of rows only those in sight are drawn", () => {
  expect(rowsInSight({ scrollTop: 0, height: 300 }, 30, 2_000)).toEqual({ from: 0, to: 18 });
  expect(rowsInSight({ scrollTop: 30_000, height: 300 }, 30, 2_000)).toEqual({ from: 992, to: 1_018 });
  expect(rowsInSight({ scrollTop: 59_700, height: 300 }, 30, 2_000)).toEqual({ from: 1_982, to: 2_000 });
  // The list became shorter while it was scrolled far down.
  expect(rowsInSight({ scrollTop: 30_000, height: 300 }, 30, 5)).toEqual({ from: 5, to: 5 });
});

test("the row with the focus is drawn wherever it is, in its order, with those that a key leads to", () => {
  expect(drawnRows({ from: 2, to: 5 }, -1, 100)).toEqual([2, 3, 4]);
  expect(drawnRows({ from: 2, to: 5 }, 4, 100)).toEqual([2, 3, 4, 5]);
  expect(drawnRows({ from: 40, to: 42 }, 0, 100)).toEqual([0, 1, 40, 41]);
  expect(drawnRows({ from: 40, to: 42 }, 99, 100)).toEqual([40, 41, 98, 99]);
});
