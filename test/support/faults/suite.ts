import { describe, expect, test } from "vitest";
import { violations } from "./checker.ts";
import { echo, SCENARIOS, type Scenario } from "./scenarios.ts";
import type { Fault, Plan } from "./tap.ts";
import { openWorld } from "./world.ts";

/**
 * A process that ends at a call that changes nothing ends, for everybody else, between two that do. In its first life no
 * lease has run out and nothing is old, so the sweeps are such calls too.
 */
const CHANGES_NOTHING = /^store\.(dueTurns|readyTurns|dueDeliveries|findTurn|waiting|expireLeases|purge)$/;

interface Run {
  readonly broken: readonly string[];
  readonly calls: readonly string[];
}

async function run(scenario: Scenario, plan: Plan | null): Promise<Run> {
  const world = await openWorld(scenario.agent ?? echo, plan);
  try {
    await scenario.play(world);
    return { broken: violations(world, scenario.people, scenario.expected), calls: world.calls() };
  } finally {
    await world.close();
  }
}

/** Each scenario once without a fault, to count its calls; then once per call and fault. */
export function faultPoints(faults: readonly Fault[]): void {
  describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", (_, scenario) => {
    test("without a fault", async () => {
      expect((await run(scenario, null)).broken).toEqual([]);
    });

    test.each(faults)("and at every call: %s", { timeout: 120_000 }, async (fault) => {
      const { calls } = await run(scenario, null);
      const points = [...calls.entries()].filter(([, call]) => !CHANGES_NOTHING.test(call));
      const broken: string[] = [];
      for (const [index, call] of points) {
        const found = await run(scenario, { at: index + 1, fault });
        broken.push(...found.broken.map((sentence) => `at call ${index + 1}, ${call}: ${sentence}`));
      }
      expect(points.length).toBeGreaterThanOrEqual(5);
      expect(broken).toEqual([]);
    });
  });
}
