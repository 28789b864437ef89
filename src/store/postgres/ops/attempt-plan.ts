import type { RecordedCall, Route } from "../../../core/delivery.ts";
import { assert } from "../../../core/errors.ts";
import type { Road } from "../../../core/route.ts";
import type { DeliveryView, StartAttempt } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

/** What exactly the next attempt sends, and by which road. */
export interface Plan {
  readonly route: Route;
  readonly token: string | null;
  readonly call: RecordedCall;
}

interface RecordedRow {
  route: Route;
  token: string | null;
  path: string;
  body: string;
  retry_key: string | null;
}

/**
 * A person has sent it on its way anew: what certainly went nowhere before binds nothing, because what rode on it then may
 * have gone its own way since. What may have arrived is repeated, so that the platform can tell.
 */
const IS_BINDING = `(outcome = 'unknown' OR attempt > (SELECT begun_anew_after FROM delivery AS d
                                                      WHERE d.slot = $1 AND d.delivery_id = $2))`;

/** The part of `startAttempt` that decides the bytes. */
export function prepareAttemptPlan({ db }: Context) {
  const selectRecorded = db.prepare<[...Key, number], RecordedRow>(`
    SELECT route, token, path, body, retry_key FROM attempt
    WHERE slot = $1 AND delivery_id = $2 AND attempt = $3`);
  const selectSameRoad = db.prepare<[...Key, Route, string | null], RecordedRow>(`
    SELECT route, token, path, body, retry_key FROM attempt
    WHERE slot = $1 AND delivery_id = $2 AND route = $3 AND token IS NOT DISTINCT FROM $4 AND ${IS_BINDING}
    ORDER BY attempt LIMIT 1`);

  /** Bytes once recorded for a road are the bytes: a new rendering under the same retry key would be another message. */
  async function onRoad(
    delivery: DeliveryView,
    start: StartAttempt,
    route: Route,
    token: string | null,
  ): Promise<Plan> {
    const earlier = await selectSameRoad.get(...keyOf(delivery.deliveryId), route, token);
    if (earlier !== undefined) return recorded(earlier);
    return { route, token, call: start.buildCall(delivery, { route, token }) };
  }

  return async function plan(
    delivery: DeliveryView,
    start: StartAttempt,
    road: Exclude<Road, { readonly kind: "hold" | "park" | "wait" }>,
  ): Promise<Plan> {
    switch (road.kind) {
      case "repeat": {
        const earlier = await selectRecorded.get(...keyOf(delivery.deliveryId), road.attempt);
        assert(earlier !== undefined, `${delivery.deliveryId} has no attempt ${road.attempt} to repeat`);
        return recorded(earlier);
      }
      case "reply":
        return await onRoad(delivery, start, "reply", road.token);
      case "paid":
        return await onRoad(delivery, start, road.route, null);
      default:
        return road satisfies never;
    }
  };
}

function recorded(row: RecordedRow): Plan {
  return { route: row.route, token: row.token, call: { path: row.path, body: row.body, retryKey: row.retry_key } };
}
