import { Unavailable } from "../../core/errors.ts";
import { renewEveryMs } from "../../core/lease.ts";
import type { LeasedTurn } from "../../core/turn.ts";
import { pause } from "../../runtime/clock.ts";
import type { Deps } from "../deps.ts";

export type LeaseRenewalDeps = Pick<Deps, "store" | "settings" | "clock" | "report">;

/** Renews until `stopped`, or until the turn was ended under this fence. Throws `Fenced` when the fence moved. */
export async function keepLease(
  { store, settings, clock, report }: LeaseRenewalDeps,
  turn: LeasedTurn,
  stopped: AbortSignal,
): Promise<void> {
  const { turnId, fence } = turn;
  const { leaseMs } = settings;
  while (!stopped.aborted) {
    await pause(clock, renewEveryMs(leaseMs), stopped);
    if (stopped.aborted) return;
    try {
      if ((await store.renewLease({ turnId, fence, leaseMs })) === "ended") return;
    } catch (error) {
      // The store may be back before the lease expires; if not, the next write is fenced.
      if (!(error instanceof Unavailable)) throw error;
      report.invoke({ kind: "lease-not-renewed", turn, error });
    }
  }
}
