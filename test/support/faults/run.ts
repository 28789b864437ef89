import type { AgentTransport } from "./agent-transports.ts";
import { violations } from "./checker.ts";
import { type Disk, sqliteDisk } from "./disk.ts";
import { echo, type Scenario } from "./scenarios.ts";
import type { Plan } from "./tap.ts";
import { openWorld, type World } from "./world.ts";

/**
 * A process that ends at a call that changes nothing ends, for everybody else, between two that do. In its first run no
 * lease has run out and nothing is old, so the sweeps are such calls too.
 */
const CHANGES_NOTHING = /^store\.(dueTurns|readyTurns|dueDeliveries|findTurn|countWaiting|expireLeases|purge)$/;

export interface Run {
  readonly broken: readonly string[];
  readonly calls: readonly string[];
  /** Between gateway and bot. */
  readonly frames: readonly string[];
  /** What everybody read, in no order. */
  readonly seen: readonly string[];
  /** What stands in deliveries of unknown outcome. */
  readonly unknown: readonly string[];
  /** What was said in turns that are dead. */
  readonly dead: readonly string[];
  /** How long all took, by the world's clock. */
  readonly tookMs: number;
}

/** One run of a scenario, with that fault or none, and what the checker says of it. */
export async function run(
  scenario: Scenario,
  plan: Plan | null,
  disk: Disk = sqliteDisk(),
  agentTransport?: AgentTransport,
): Promise<Run> {
  const world = await openWorld(scenario.agent ?? echo, plan, disk, scenario, agentTransport);
  const beganAt = world.clock.now();
  try {
    await scenario.play(world);
    const tookMs = world.clock.now() - beganAt;
    const found = violations(world, scenario.people, scenario.expected);
    return {
      broken: [...found, ...(await world.violatedInvariants())],
      calls: world.calls(),
      frames: world.frames(),
      seen: seenBy(world, scenario.people),
      unknown: await world.unknownTexts(),
      dead: await world.deadTexts(),
      tookMs,
    };
  } finally {
    await world.close();
  }
}

function seenBy({ line }: World, people: readonly string[]): string[] {
  const bubbles = people.flatMap((person) => line.seenBy(person).map(({ text }) => `${person}: ${text ?? ""}`));
  return bubbles.sort();
}

/** The calls at which a fault is worth trying. */
export function pointsOf(calls: readonly string[]): readonly { readonly at: number; readonly call: string }[] {
  return calls.map((call, index) => ({ at: index + 1, call })).filter(({ call }) => !CHANGES_NOTHING.test(call));
}
