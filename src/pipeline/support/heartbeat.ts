import type { PollResult } from "../../runtime/loop.ts";
import { VERSION } from "../../runtime/version.ts";
import type { Deps } from "../deps.ts";

export type HeartbeatDeps = Pick<Deps, "store" | "clock" | "ownership" | "wake" | "report">;

/** Sends a heartbeat where processes share the store: without it the others reclaim this process's leases. */
export async function heartbeat({ store, clock, ownership, wake, report }: HeartbeatDeps): Promise<PollResult> {
  const { owner, processLease } = ownership;
  if (store.heartbeat === undefined) return { more: false, nextInMs: null };
  // Counted from before the call: the store counts from a later moment, so this process's lease ends first.
  const askedAt = clock.now();
  const wasValid = processLease.isValid();
  processLease.renewUntil(askedAt + (await store.heartbeat(owner, VERSION)));
  if (!wasValid && processLease.isValid()) {
    report.ownershipGained(owner);
    for (const loop of ["claim", "send", "sweep"] as const) wake.signal(loop);
  }
  return { more: false, nextInMs: null };
}

/** At the end of the process: others reclaim what it left at once, without waiting for its heartbeats to expire. */
export async function deregister({ store, ownership }: Pick<Deps, "store" | "ownership">): Promise<void> {
  await store.deregister?.(ownership.owner);
}
