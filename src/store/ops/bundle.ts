import type { DeliveryState, Settlement } from "../../core/delivery.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { BUNDLE } from "./bundle-messages.ts";

interface Follow {
  deliveryId: string;
  state: "sent" | "unknown";
  evidence: string | null;
  reason: string | null;
  endedAt: number | null;
  now: number;
}

const FOLLOW = statement<Follow>(`
  ${BUNDLE}
  UPDATE delivery SET state = :state, evidence = :evidence, reason = :reason, ended_at = :endedAt, state_since = :now,
                      unknown_since = CASE WHEN :state = 'unknown' THEN coalesce(unknown_since, :now)
                                           ELSE unknown_since END
  WHERE delivery_id IN (SELECT id FROM bundle) AND state IN ('parked', 'unknown')`);

const SET_DOWN = statement<{ deliveryId: string; now: number }>(
  "UPDATE delivery SET bundled_into = NULL, due_at = :now WHERE bundled_into = :deliveryId AND state = 'parked'",
);

interface TakeBack {
  deliveryId: string;
  state: DeliveryState;
  from: DeliveryState;
  reason: string | null;
  now: number;
}

const TAKE_BACK = statement<TakeBack>(`
  ${BUNDLE}
  UPDATE delivery SET state = :state, reason = :reason, evidence = NULL, state_since = :now, ended_at = NULL
  WHERE delivery_id IN (SELECT id FROM bundle) AND state IN ('unknown', :from) AND state <> :state
    AND bodies_deleted = 0`);

/**
 * The part of `settleAttempt` for parked deliveries that travel in front of the one that is settled. They go where it goes,
 * and are unbundled where it certainly went nowhere. Then each is looked at once: it may have a free route, or a time
 * at which it is paid for. How many moved.
 */
export async function settleBundled(
  tx: Transaction,
  deliveryId: string,
  { state, evidence, reason }: Settlement,
  now: number,
): Promise<number> {
  if (state === "dead") await unbundle(tx, deliveryId, now);
  if (state !== "sent" && state !== "unknown") return 0;
  const endedAt = state === "sent" ? now : null;
  return (await tx.run(FOLLOW, { deliveryId, state, evidence, reason, endedAt, now })).changes;
}

/** What is parked and is bundled into that delivery rides on nothing any more, and is looked at once. */
export async function unbundle(tx: Transaction, deliveryId: string, now: number): Promise<void> {
  await tx.run(SET_DOWN, { deliveryId, now });
}

/**
 * The other part: what was bundled into a call that certainly went nowhere waits again, at whatever depth, and is in doubt no longer.
 * `from: "sent"`: also what was believed to be sent, unless retention has deleted its words since.
 */
export async function revertBundled(
  tx: Transaction,
  deliveryId: string,
  { state, reason }: Settlement,
  now: number,
  from: "sent" | "unknown",
): Promise<void> {
  if (state === "sent") return;
  await tx.run(TAKE_BACK, { deliveryId, state: state === "unknown" ? state : "parked", from, reason, now });
}
