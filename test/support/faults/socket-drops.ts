/** A scenario with its bot behind a socket: once as it is, and once for each way that the socket can drop. */
import { DROPS } from "../agents/memory-network.ts";
import type { AgentTransport, DropPlan } from "./agent-transports.ts";
import { type Disk, sqliteDisk } from "./disk.ts";
import { type Run, run } from "./run.ts";
import type { Scenario } from "./scenarios.ts";

/** A way to reach the bot, with the connection that ends where the plan says. */
export type TransportWith = (plan: DropPlan | null) => AgentTransport;

/** What a drop may cost a person: a connection that nobody knows to be gone, and a lease. */
const DELAY_MAX_MS = 30_000;

export interface Dropping {
  readonly scenario: Scenario;
  readonly agentTransport: TransportWith;
  /**
   * What a bot has lost with its connection it can't say again, as an openab core: then people may read less, but each
   * message is answered or its turn is listed, and a bot that is asked anew takes its time anew. Default: it can.
   */
  readonly forgets?: true;
  /** Default: a file. */
  readonly disk?: () => Disk;
}

export function undisturbed({ scenario, agentTransport, disk = sqliteDisk }: Dropping): Promise<Run> {
  return run(scenario, null, disk(), agentTransport(null));
}

/** What the drop breaks, in sentences. Nobody reads anything else than without it, and nobody waits for long. */
export async function brokenBy(dropping: Dropping, whole: Run, plan: DropPlan): Promise<string[]> {
  const { scenario, agentTransport, disk = sqliteDisk } = dropping;
  const found = await run(scenario, null, disk(), agentTransport(plan));
  const forgets = dropping.forgets === true;
  const isListed = (sentence: string) => found.dead.some((text) => sentence.includes(`"${text}" was acked and never`));
  const broken = found.broken.filter((sentence) => !(forgets && isListed(sentence)));
  const delayMs = found.tookMs - whole.tookMs;
  if (delayMs > DELAY_MAX_MS + (forgets ? whole.tookMs : 0)) broken.push(`G11: all took ${delayMs} ms longer`);
  if (!isSame(found.seen, whole.seen, forgets)) {
    broken.push(`G8: people read ${found.seen.join(" | ")} and not ${whole.seen.join(" | ")}`);
  }
  return broken.map((sentence) => `${plan.drop}, at frame ${plan.at}, ${whole.frames[plan.at - 1]}: ${sentence}`);
}

/** `mayLack`: or less. */
function isSame(seen: readonly string[], whole: readonly string[], mayLack: boolean): boolean {
  const left = [...whole];
  for (const one of seen) {
    const at = left.indexOf(one);
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return mayLack || left.length === 0;
}

/** Every frame and way to drop, or every `step`th of them, beginning at `first`. */
export async function brokenByDrops(
  dropping: Dropping,
  { step = 1, first = 0 }: { step?: number; first?: number } = {},
): Promise<{ readonly frames: number; readonly broken: readonly string[] }> {
  const whole = await undisturbed(dropping);
  const broken = [...whole.broken];
  for (const [index, plan] of plansFor(whole).entries()) {
    if (index % step === first % step) broken.push(...(await brokenBy(dropping, whole, plan)));
  }
  return { frames: whole.frames.length, broken };
}

export function plansFor({ frames }: Run): readonly DropPlan[] {
  return DROPS.flatMap((drop) => frames.map((_frame, index) => ({ at: index + 1, drop })));
}
