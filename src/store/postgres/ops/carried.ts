import type { DeliveryState, Settlement } from "../../../core/delivery.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { LOAD } from "./load.ts";

/** The part of `settleAttempt` for parked deliveries that travel in front of the one that is settled. */
export function prepareCarried({ db }: Context) {
  const follow = db.prepare<[...Key, string, string | null, string | null, number | null, number]>(`
    ${LOAD}
    UPDATE delivery SET state = $3, evidence = $4, reason = $5, ended_at = $6, state_since = $7,
                        unknown_since = CASE WHEN $3 = 'unknown' THEN coalesce(unknown_since, $7)
                                             ELSE unknown_since END
    WHERE slot = $1 AND delivery_id IN (SELECT id FROM load) AND state IN ('parked', 'unknown')`);
  const setDown = db.prepare<[...Key, number]>(`
    UPDATE delivery SET carrier_id = NULL, due_at = $3
    WHERE slot = $1 AND carrier_id = $2 AND state = 'parked'`);

  /**
   * They go where it goes, and are set down again where it certainly went nowhere. Then each is looked at once: it may
   * have a free road, or a time at which it is paid for. How many moved.
   */
  return async function settleCarried(
    carrierId: string,
    { state, evidence, reason }: Settlement,
    now: number,
  ): Promise<number> {
    if (state === "dead") await setDown.run(...keyOf(carrierId), now);
    if (state !== "sent" && state !== "unknown") return 0;
    const endedAt = state === "sent" ? now : null;
    return (await follow.run(...keyOf(carrierId), state, evidence, reason, endedAt, now)).changes;
  };
}

/**
 * The other part: what rode on a call that certainly went nowhere waits again, at whatever depth, and is in doubt no longer.
 * `from: "sent"`: also what was believed to be sent, unless retention has deleted its words since.
 */
export function prepareTakeBack({ db }: Context) {
  const takeBack = db.prepare<[...Key, DeliveryState, DeliveryState, string | null, number]>(`
    ${LOAD}
    UPDATE delivery SET state = $3, reason = $5, evidence = NULL, state_since = $6, ended_at = NULL
    WHERE slot = $1 AND delivery_id IN (SELECT id FROM load) AND state IN ('unknown', $4) AND state <> $3
      AND bodies_deleted = 0`);

  return async function takeBackCarried(
    carrierId: string,
    { state, reason }: Settlement,
    now: number,
    from: "sent" | "unknown",
  ): Promise<void> {
    if (state === "sent") return;
    await takeBack.run(...keyOf(carrierId), state === "unknown" ? state : "parked", from, reason, now);
  };
}
