import { describe, expect, test } from "vitest";
import { pointsOf, run } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { Fault } from "./tap.ts";

/** Each scenario once without a fault, to count its calls; then once per call and fault. */
export function faultPoints(faults: readonly Fault[]): void {
  describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", (_, scenario) => {
    test("without a fault", async () => {
      expect((await run(scenario, null)).broken).toEqual([]);
    });

    test.each(faults)("and at every call: %s", { timeout: 120_000 }, async (fault) => {
      const { calls } = await run(scenario, null);
      const points = pointsOf(calls);
      const broken: string[] = [];
      for (const { at, call } of points) {
        const found = await run(scenario, { at, fault });
        broken.push(...found.broken.map((sentence) => `at call ${at}, ${call}: ${sentence}`));
      }
      expect(points.length).toBeGreaterThanOrEqual(5);
      expect(broken).toEqual([]);
    });
  });
}
