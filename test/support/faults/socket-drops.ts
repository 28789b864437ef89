/** A scenario with its bot behind a socket: once as it is, and once for each way that the socket can drop. */
import type { Drop } from "../agents/memory-network.ts";
import { type Disk, sqliteDisk } from "./disk.ts";
import type { Door, DropPlan } from "./doors.ts";
import { type Run, run } from "./run.ts";
import type { Scenario } from "./scenarios.ts";

/** A way to reach the bot, with the connection that ends where the plan says. */
export type DoorWith = (plan: DropPlan | null) => Door;

/** What a drop may cost a person: a connection that nobody knows to be gone, and a lease. */
const DELAY_MAX_MS = 30_000;

export interface Dropping {
  readonly scenario: Scenario;
  readonly door: DoorWith;
  /** Default: a file. */
  readonly disk?: () => Disk;
}

export function undisturbed({ scenario, door, disk = sqliteDisk }: Dropping): Promise<Run> {
  return run(scenario, null, disk(), door(null));
}

/** What the drop breaks, in sentences. Nobody reads anything else than without it, and nobody waits for long. */
export async function brokenBy(dropping: Dropping, whole: Run, plan: DropPlan): Promise<string[]> {
  const { scenario, door, disk = sqliteDisk } = dropping;
  const found = await run(scenario, null, disk(), door(plan));
  const broken = [...found.broken];
  const delayMs = found.tookMs - whole.tookMs;
  if (delayMs > DELAY_MAX_MS) broken.push(`G11: all took ${delayMs} ms longer`);
  if (JSON.stringify(found.seen) !== JSON.stringify(whole.seen)) {
    broken.push(`G8: people read ${found.seen.join(" | ")} and not ${whole.seen.join(" | ")}`);
  }
  return broken.map((sentence) => `${plan.drop}, at frame ${plan.at}, ${whole.frames[plan.at - 1]}: ${sentence}`);
}

/** Every `step`th frame, beginning at `first`. */
export async function brokenByDrops(
  dropping: Dropping,
  drop: Drop,
  { step = 1, first = 0 }: { step?: number; first?: number } = {},
): Promise<{ readonly frames: number; readonly broken: readonly string[] }> {
  const whole = await undisturbed(dropping);
  const broken = [...whole.broken];
  for (let index = first % step; index < whole.frames.length; index += step) {
    broken.push(...(await brokenBy(dropping, whole, { at: index + 1, drop })));
  }
  return { frames: whole.frames.length, broken };
}
