import type { DeliveryState, Settlement } from "../../../core/delivery.ts";
import type { Context } from "./context.ts";
import { LOAD } from "./load.ts";

/** The part of `settleAttempt` for parked deliveries that travel in front of the one that is settled. */
export function prepareCarried({ db }: Context) {
  const follow = db.prepare(`
    ${LOAD}
    UPDATE delivery SET state = :state, evidence = :evidence, reason = :reason, ended_at = :endedAt, state_since = :now,
                        unknown_since = CASE WHEN :state = 'unknown' THEN coalesce(unknown_since, :now)
                                             ELSE unknown_since END
    WHERE delivery_id IN (SELECT id FROM load) AND state IN ('parked', 'unknown')`);
  const setDown = db.prepare<[number, string]>(
    "UPDATE delivery SET carrier_id = NULL, due_at = ? WHERE carrier_id = ? AND state = 'parked'",
  );

  /**
   * They go where it goes, and are set down again where it certainly went nowhere. Then each is looked at once: it may
   * have a free road, or a time at which it is paid for. How many moved.
   */
  return function settleCarried(carrierId: string, { state, evidence, reason }: Settlement, now: number): number {
    if (state === "dead") setDown.run(now, carrierId);
    if (state !== "sent" && state !== "unknown") return 0;
    return follow.run({ state, evidence, reason, endedAt: state === "sent" ? now : null, now, carrierId }).changes;
  };
}

/**
 * The other part: what rode on a call that certainly went nowhere waits again, at whatever depth, and is in doubt no longer.
 * `from: "sent"`: also what was believed to be sent, unless retention has deleted its words since.
 */
export function prepareTakeBack({ db }: Context) {
  const takeBack = db.prepare<
    [{ carrierId: string; state: DeliveryState; from: DeliveryState; reason: string | null; now: number }]
  >(`
    ${LOAD}
    UPDATE delivery SET state = :state, reason = :reason, evidence = NULL, state_since = :now, ended_at = NULL
    WHERE delivery_id IN (SELECT id FROM load) AND state IN ('unknown', :from) AND state <> :state
      AND bodies_deleted = 0`);

  return function takeBackCarried(
    carrierId: string,
    { state, reason }: Settlement,
    now: number,
    from: "sent" | "unknown",
  ): void {
    if (state === "sent") return;
    takeBack.run({ carrierId, state: state === "unknown" ? state : "parked", from, reason, now });
  };
}
