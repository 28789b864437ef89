/**
 * Goal: no crash, stall or lost answer, at a call to the store, the agent or the platform, breaks a promise on PostgreSQL.
 * Method: as for SQLite, with the same scenarios. Each call is a round trip, so a few scenarios meet a few calls of each
 * fault; `TURNPIKE_TEST_FAULT_STEP=31` is a part of all of them, and 1 every one. Real PostgreSQL, the real pipeline, a manual clock.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { diskOn } from "../support/faults/postgres-disk.ts";
import { pointsOf, run } from "../support/faults/run.ts";
import { SCENARIOS } from "../support/faults/scenarios.ts";
import { FAULTS } from "../support/faults/tap.ts";
import { openPostgresFixture, type PostgresFixture } from "../support/postgres-fixture.ts";

/** Every so many calls, from another place for each scenario and fault. Without the setting, of the quick scenarios only. */
const STEP = Number(process.env.TURNPIKE_TEST_FAULT_STEP ?? 101);
const IS_SAMPLE = process.env.TURNPIKE_TEST_FAULT_STEP === undefined;

/** Those that don't let a minute pass: each second of it is a poll of every loop. */
const QUICK = [
  "a burst becomes one turn",
  "the agent fails twice",
  "a reply is accepted and its answer lost, and a push after it",
  "two conversations are interleaved",
];
const PLAYED = SCENARIOS.filter(({ name }) => !IS_SAMPLE || QUICK.includes(name));

let fixture: PostgresFixture;
beforeAll(async () => {
  fixture = await openPostgresFixture(inject("postgresUrl"), "faults");
});
afterAll(async () => await fixture[Symbol.asyncDispose]());

describe.each(PLAYED.map((scenario, place) => [scenario.name, scenario, place] as const))(
  "%s",
  (_, scenario, place) => {
    const name = STEP === 1 ? "at every call" : `at every ${STEP}th call`;

    test(`without a fault, and with each ${name}`, { timeout: 3_600_000 }, async () => {
      const whole = await run(scenario, null, await diskOn(fixture));
      const all = [...whole.broken];
      const points = pointsOf(whole.calls);
      expect(points.length).toBeGreaterThanOrEqual(5);
      for (const [index, fault] of FAULTS.entries()) {
        if (IS_SAMPLE && (index + place) % 2 === 1) continue;
        const start = (place * 3 + index * 5) % Math.min(STEP, points.length);
        for (const { at, call } of points.filter((_point, number) => number % STEP === start)) {
          const found = await run(scenario, { at, fault }, await diskOn(fixture));
          all.push(...found.broken.map((sentence) => `${fault} at ${at}, ${call}: ${sentence}`));
        }
      }
      expect(all).toEqual([]);
    });
  },
);
