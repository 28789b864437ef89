import { describe, expect, test } from "vitest";
import { pointsOf, run } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { Fault } from "./tap.ts";

/** 1: every call. More: every so many, from another place in each scenario; `npm run check` has a minute for everything. */
const STEP = Number(process.env.TURNPIKE_TEST_FAULT_STEP ?? 29);

/** Each scenario once without a fault, to count its calls; then once per call and fault. */
export function faultPoints(faults: readonly Fault[]): void {
  const numbered = SCENARIOS.map((scenario, place) => [scenario.name, scenario, place] as const);
  describe.each(numbered)("%s", (_, scenario, place) => {
    test("without a fault", async () => {
      expect((await run(scenario, null)).broken).toEqual([]);
    });

    test.each(faults)(
      `and at ${STEP === 1 ? "every call" : `every ${STEP}th call`}: %s`,
      { timeout: 120_000 },
      async (fault) => {
        const { calls } = await run(scenario, null);
        const all = pointsOf(calls);
        const points = all.filter((_, index) => index % STEP === place % Math.min(STEP, all.length));
        const broken: string[] = [];
        for (const { at, call } of points) {
          const found = await run(scenario, { at, fault });
          broken.push(...found.broken.map((sentence) => `at call ${at}, ${call}: ${sentence}`));
        }
        expect(all.length).toBeGreaterThanOrEqual(5);
        expect(points.length).toBeGreaterThanOrEqual(1);
        expect(broken).toEqual([]);
      },
    );
  });
}
