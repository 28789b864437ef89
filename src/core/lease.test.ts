import fc from "fast-check";
import { expect, test } from "vitest";
import { renewEveryMs } from "./lease.ts";

test("three renewals fit into a lease of any length that can be set", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 86_400_000 }), (leaseMs) => {
      const every = renewEveryMs(leaseMs);
      expect(Number.isInteger(every)).toBe(true);
      expect(3 * every).toBeLessThanOrEqual(leaseMs);
      expect(4 * every).toBeGreaterThan(leaseMs);
    }),
  );
});

test("even an absurdly short lease isn't renewed in a busy loop", () => {
  expect([0, 1, 2, 3].map(renewEveryMs)).toEqual([1, 1, 1, 1]);
});
