import type { DeliveryState, Settlement } from "../../core/delivery.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { LOAD } from "./load.ts";

interface Follow {
  carrierId: string;
  state: "sent" | "unknown";
  evidence: string | null;
  reason: string | null;
  endedAt: number | null;
  now: number;
}

const FOLLOW = statement<Follow>(`
  ${LOAD}
  UPDATE delivery SET state = :state, evidence = :evidence, reason = :reason, ended_at = :endedAt, state_since = :now,
                      unknown_since = CASE WHEN :state = 'unknown' THEN coalesce(unknown_since, :now)
                                           ELSE unknown_since END
  WHERE delivery_id IN (SELECT id FROM load) AND state IN ('parked', 'unknown')`);

const SET_DOWN = statement<{ carrierId: string; now: number }>(
  "UPDATE delivery SET carrier_id = NULL, due_at = :now WHERE carrier_id = :carrierId AND state = 'parked'",
);

interface TakeBack {
  carrierId: string;
  state: DeliveryState;
  from: DeliveryState;
  reason: string | null;
  now: number;
}

const TAKE_BACK = statement<TakeBack>(`
  ${LOAD}
  UPDATE delivery SET state = :state, reason = :reason, evidence = NULL, state_since = :now, ended_at = NULL
  WHERE delivery_id IN (SELECT id FROM load) AND state IN ('unknown', :from) AND state <> :state
    AND bodies_deleted = 0`);

/**
 * The part of `settleAttempt` for parked deliveries that travel in front of the one that is settled. They go where it goes,
 * and are set down again where it certainly went nowhere. Then each is looked at once: it may have a free road, or a time
 * at which it is paid for. How many moved.
 */
export async function settleCarried(
  tx: Transaction,
  carrierId: string,
  { state, evidence, reason }: Settlement,
  now: number,
): Promise<number> {
  if (state === "dead") await setDown(tx, carrierId, now);
  if (state !== "sent" && state !== "unknown") return 0;
  const endedAt = state === "sent" ? now : null;
  return (await tx.run(FOLLOW, { carrierId, state, evidence, reason, endedAt, now })).changes;
}

/** What is parked and rides on that delivery rides on nothing any more, and is looked at once. */
export async function setDown(tx: Transaction, carrierId: string, now: number): Promise<void> {
  await tx.run(SET_DOWN, { carrierId, now });
}

/**
 * The other part: what rode on a call that certainly went nowhere waits again, at whatever depth, and is in doubt no longer.
 * `from: "sent"`: also what was believed to be sent, unless retention has deleted its words since.
 */
export async function takeBack(
  tx: Transaction,
  carrierId: string,
  { state, reason }: Settlement,
  now: number,
  from: "sent" | "unknown",
): Promise<void> {
  if (state === "sent") return;
  await tx.run(TAKE_BACK, { carrierId, state: state === "unknown" ? state : "parked", from, reason, now });
}
