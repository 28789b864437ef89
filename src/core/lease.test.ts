import fc from "fast-check";
import { expect, test } from "vitest";
import { GAP_MS, HEARTBEAT_EVERY_MS, HEARTBEAT_TIMEOUT_MS, OWNER_LEASE_MS, renewEveryMs, STEADY_MS } from "./lease.ts";

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

test("an owner's times fit into one another", () => {
  // Two heartbeats may be lost, and the one after them be late, before others think that their process has died.
  expect(3 * HEARTBEAT_EVERY_MS).toBeLessThan(OWNER_LEASE_MS);
  // A heartbeat that waits for its answer in vain, and the next one, fit into the time.
  expect(HEARTBEAT_TIMEOUT_MS + HEARTBEAT_EVERY_MS).toBeLessThan(OWNER_LEASE_MS);
  // One heartbeat between two marks of time is no gap, and whoever was cut off by one is given the time of a vain heartbeat.
  expect(HEARTBEAT_EVERY_MS).toBeLessThan(GAP_MS);
  expect(HEARTBEAT_TIMEOUT_MS).toBeLessThan(STEADY_MS);
  // A database that was away for less than a gap hasn't made anybody look dead.
  expect(GAP_MS + HEARTBEAT_EVERY_MS).toBeLessThan(OWNER_LEASE_MS);
});
