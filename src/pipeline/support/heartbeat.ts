import type { Tick } from "../../runtime/loop.ts";
import type { Deps } from "../deps.ts";

export type HeartbeatDeps = Pick<Deps, "store" | "clock" | "ownership" | "wake" | "report">;

/** Says that this process lives, where others share the store and would otherwise take over what it has claimed. */
export async function beat({ store, clock, ownership, wake, report }: HeartbeatDeps): Promise<Tick> {
  const { owner, tenure } = ownership;
  if (store.beat === undefined) return { more: false, nextInMs: null };
  // From before it is asked: the store counts from a later moment, so this process never believes longer than others do.
  const askedAt = clock.now();
  const wasHeld = tenure.isHeld();
  tenure.holdUntil(askedAt + (await store.beat(owner)));
  if (!wasHeld && tenure.isHeld()) {
    report.ownershipGained(owner);
    for (const stage of ["claim", "send", "sweep"] as const) wake.signal(stage);
  }
  return { more: false, nextInMs: null };
}

/** The process ends: others need not wait until its silence is long enough. */
export async function withdraw({ store, ownership }: Pick<Deps, "store" | "ownership">): Promise<void> {
  await store.withdraw?.(ownership.owner);
}
