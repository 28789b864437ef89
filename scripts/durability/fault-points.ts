/**
 * Runs each scenario once per call and fault, like `test/fault-points.*.test.ts`, and counts. Arguments: the faults.
 * The last line is `FIGURES [{ fault, scenario, points, violations }, …]`.
 */
import { pointsOf, run } from "../../test/support/faults/run.ts";
import { SCENARIOS, type Scenario } from "../../test/support/faults/scenarios.ts";
import { FAULTS, type Fault } from "../../test/support/faults/tap.ts";

export interface Points {
  readonly fault: Fault;
  readonly scenario: string;
  readonly points: number;
  readonly violations: number;
}

async function everyPoint(scenario: Scenario, fault: Fault): Promise<Points> {
  const { calls } = await run(scenario, null);
  const points = pointsOf(calls);
  let found = 0;
  for (const { at, call } of points) {
    const { broken } = await run(scenario, { at, fault });
    for (const sentence of broken) console.log(`${fault} at call ${at}, ${call}: ${sentence}`);
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
