/** Goal: long lists cost what is seen of them. Method: places in lists of several lengths. */
import { expect, test } from "vitest";
import { rowsInSight } from "./rows-in-sight.ts";

test("of any number of rows only those in sight are drawn", () => {
  expect(rowsInSight({ scrollTop: 0, height: 300 }, 30, 2_000)).toEqual({ from: 0, to: 18 });
  expect(rowsInSight({ scrollTop: 30_000, height: 300 }, 30, 2_000)).toEqual({ from: 992, to: 1_018 });
  expect(rowsInSight({ scrollTop: 59_700, height: 300 }, 30, 2_000)).toEqual({ from: 1_982, to: 2_000 });
  // The list became shorter while it was scrolled far down.
  expect(rowsInSight({ scrollTop: 30_000, height: 300 }, 30, 5)).toEqual({ from: 5, to: 5 });
});
