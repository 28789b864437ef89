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

const UNBUNDLE = statement<{ deliveryId: string; now: number }>(
  "UPDATE delivery SET bundled_into = NULL, due_at = :now WHERE bundled_into = :deliveryId AND state = 'parked'",
);

interface Revert {
  deliveryId: string;
  state: DeliveryState;
  from: DeliveryState;
  reason: string | null;
  now: number;
}

const REVERT = statement<Revert>(`
  ${BUNDLE}
  UPDATE delivery SET state = :state, reason = :reason, evidence = NULL, state_since = :now, ended_at = NULL
  WHERE delivery_id IN (SELECT id FROM bundle) AND state IN ('unknown', :from) AND state <> :state
    AND bodies_deleted = 0`);

/**
 * Part of `settleAttempt`: bundled deliveries share their carrier's outcome. If it was definitely not accepted they are
 * unbundled and become due: each may have a free route, or a time at which it is pushed. Resolves to how many changed.
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

/** Unbundles the parked deliveries of that delivery: they become due. */
export async function unbundle(tx: Transaction, deliveryId: string, now: number): Promise<void> {
  await tx.run(UNBUNDLE, { deliveryId, now });
}

/**
 * Parks again what was bundled, at any depth, into a call that was definitely not accepted. `from: "sent"`: also what counted
 * as sent, unless retention has deleted its content since.
 */
export async function revertBundled(
  tx: Transaction,
  deliveryId: string,
  { state, reason }: Settlement,
  now: number,
  from: "sent" | "unknown",
): Promise<void> {
  if (state === "sent") return;
  await tx.run(REVERT, { deliveryId, state: state === "unknown" ? state : "parked", from, reason, now });
}
