import type { Tick } from "../../runtime/loop.ts";
import type { Deps } from "../deps.ts";

/** Says that this process lives, where others share the store and would otherwise take over what it has claimed. */
export async function beat(deps: Deps): Promise<Tick> {
  const { store, tenure, clock, owner, wake, log } = deps;
  if (store.beat === undefined) return { more: false, nextInMs: null };
  // From before it is asked: the store counts from a later moment, so this process never believes longer than others do.
  const askedAt = clock.now();
  const wasHeld = tenure.isHeld();
  tenure.holdUntil(askedAt + (await store.beat(owner)));
  if (!wasHeld && tenure.isHeld()) {
    log.info({ owner }, "this process owns what it claims from now on");
    for (const stage of ["claim", "send", "sweep"] as const) wake.signal(stage);
  }
  return { more: false, nextInMs: null };
}

/** The process ends: others need not wait until its silence is long enough. */
export async function withdraw({ store, owner }: Deps): Promise<void> {
  await store.withdraw?.(owner);
}
