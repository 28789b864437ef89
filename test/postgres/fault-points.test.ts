/**
 * Goal: no crash, stall or lost answer, at a call to the store, the agent or the platform, breaks a promise on PostgreSQL.
 * Method: as for SQLite, where every call and every fault is tried: here each scenario meets a few of them, spread over its
 * calls. Real PostgreSQL, the real pipeline, a manual clock.
 */
import { describe, expect, inject, test } from "vitest";
import { postgresDisk } from "../support/faults/postgres-disk.ts";
import { pointsOf, run } from "../support/faults/run.ts";
import { SCENARIOS } from "../support/faults/scenarios.ts";
import { FAULTS } from "../support/faults/tap.ts";

/** Those that don't let a minute pass: each second of it is a look of every loop. */
const QUICK = [
  "a burst becomes one turn",
  "the agent fails twice",
  "a reply is accepted and its answer cut, and a push after it",
  "two conversations are interleaved",
];

const disk = (name: string) => postgresDisk(inject("postgresUrl"), name);

describe.each(SCENARIOS.filter(({ name }) => QUICK.includes(name)).map((scenario, index) => ({ ...scenario, index })))(
  "$name",
  (scenario) => {
    const schema = `faults_${scenario.index}`;

    test("without a fault, and with each at some calls", { timeout: 120_000 }, async () => {
      const { broken, calls } = await run(scenario, null, await disk(schema));
      const points = pointsOf(calls);
      expect(points.length).toBeGreaterThanOrEqual(5);
      for (const [index, fault] of FAULTS.entries()) {
        const { at, call } = points[(scenario.index * 3 + index * 5) % points.length] ?? { at: 1, call: "" };
        const found = await run(scenario, { at, fault }, await disk(schema));
        expect(found.broken, `${fault} at call ${at}, ${call}`).toEqual([]);
      }
      expect(broken).toEqual([]);
    });
  },
);
