/**
 * Each scenario once per call and fault, as `test/fault-points.*.test.ts` does, counted. Arguments: the faults.
 * The last line is `FIGURES [{ fault, scenario, points, violations }, …]`.
 */
import { violations } from "../../test/support/faults/checker.ts";
import { echo, SCENARIOS, type Scenario } from "../../test/support/faults/scenarios.ts";
import { FAULTS, type Fault, type Plan } from "../../test/support/faults/tap.ts";
import { openWorld } from "../../test/support/faults/world.ts";

/** As in the suite: a process that ends at a call that changes nothing ends between two that do. */
const CHANGES_NOTHING = /^store\.(dueTurns|readyTurns|dueDeliveries|findTurn|waiting|expireLeases|purge)$/;

export interface Points {
  readonly fault: Fault;
  readonly scenario: string;
  readonly points: number;
  readonly violations: number;
}

async function play(
  scenario: Scenario,
  plan: Plan | null,
): Promise<{ broken: readonly string[]; calls: readonly string[] }> {
  const world = await openWorld(scenario.agent ?? echo, plan);
  try {
    await scenario.play(world);
    return { broken: violations(world, scenario.people, scenario.expected), calls: world.calls() };
  } finally {
    await world.close();
  }
}

async function everyPoint(scenario: Scenario, fault: Fault): Promise<Points> {
  const { calls } = await play(scenario, null);
  const points = [...calls.entries()].filter(([, call]) => !CHANGES_NOTHING.test(call));
  let found = 0;
  for (const [index, call] of points) {
    const { broken } = await play(scenario, { at: index + 1, fault });
    for (const sentence of broken) console.log(`${fault} at call ${index + 1}, ${call}: ${sentence}`);
    found += broken.length;
  }
  return { fault, scenario: scenario.name, points: points.length, violations: found };
}

if (import.meta.main) {
  const faults = FAULTS.filter((fault) => process.argv.slice(2).includes(fault));
  const all: Points[] = [];
  for (const fault of faults) {
    for (const scenario of SCENARIOS) {
      const done = await everyPoint(scenario, fault);
      all.push(done);
      console.log(`${fault}, ${scenario.name}: ${done.points} points, ${done.violations} violations`);
    }
  }
  console.log(`FIGURES ${JSON.stringify(all)}`);
  if (all.some((one) => one.violations > 0)) process.exitCode = 1;
}
