import type { PollResult } from "../../runtime/loop.ts";
import type { Deps } from "../deps.ts";

export type HeartbeatDeps = Pick<Deps, "store" | "clock" | "ownership" | "wake" | "report">;

/** Says that this process lives, where others share the store and would otherwise take over what it has claimed. */
export async function heartbeat({ store, clock, ownership, wake, report }: HeartbeatDeps): Promise<PollResult> {
  const { owner, processLease } = ownership;
  if (store.heartbeat === undefined) return { more: false, nextInMs: null };
  // From before it is asked: the store counts from a later moment, so this process never believes longer than others do.
  const askedAt = clock.now();
  const wasValid = processLease.isValid();
  processLease.renewUntil(askedAt + (await store.heartbeat(owner)));
  if (!wasValid && processLease.isValid()) {
    report.ownershipGained(owner);
    for (const stage of ["claim", "send", "sweep"] as const) wake.signal(stage);
  }
  return { more: false, nextInMs: null };
}

/** The process ends: others need not wait until its silence is long enough. */
export async function deregister({ store, ownership }: Pick<Deps, "store" | "ownership">): Promise<void> {
  await store.deregister?.(ownership.owner);
}
