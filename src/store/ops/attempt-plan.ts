import type { RecordedCall, Route } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { Road } from "../../core/route.ts";
import { statement } from "../statement.ts";
import type { DeliveryView, StartAttempt } from "../store.ts";
import type { Transaction } from "../transaction.ts";

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

const SELECT_RECORDED = statement<{ deliveryId: string; attempt: number }, RecordedRow>(`
  SELECT route, token, path, body, retry_key FROM attempt WHERE delivery_id = :deliveryId AND attempt = :attempt`);

/**
 * A person has sent it on its way anew: what certainly went nowhere before binds nothing, because what rode on it then may
 * have gone its own way since. What may have arrived is repeated, so that the platform can tell.
 */
const IS_BINDING = `(outcome = 'unknown' OR attempt > (SELECT begun_anew_after FROM delivery AS d
                                                      WHERE d.delivery_id = :deliveryId))`;

const SELECT_SAME_ROAD = statement<{ deliveryId: string; route: Route; token: string | null }, RecordedRow>(`
  SELECT route, token, path, body, retry_key FROM attempt
  WHERE delivery_id = :deliveryId AND route = :route AND token IS NOT DISTINCT FROM :token AND ${IS_BINDING}
  ORDER BY attempt LIMIT 1`);

/** The part of `startAttempt` that decides the bytes. */
export async function plan(
  tx: Transaction,
  delivery: DeliveryView,
  start: StartAttempt,
  road: Exclude<Road, { readonly kind: "hold" | "park" | "wait" }>,
): Promise<Plan> {
  switch (road.kind) {
    case "repeat": {
      const { deliveryId } = delivery;
      const earlier = await tx.get(SELECT_RECORDED, { deliveryId, attempt: road.attempt });
      assert(earlier !== undefined, `${deliveryId} has no attempt ${road.attempt} to repeat`);
      return recorded(earlier);
    }
    case "reply":
      return await onRoad(tx, delivery, start, { route: "reply", token: road.token });
    case "paid":
      return await onRoad(tx, delivery, start, { route: road.route, token: null });
    default:
      return road satisfies never;
  }
}

/** Bytes once recorded for a road are the bytes: a new rendering under the same retry key would be another message. */
async function onRoad(
  tx: Transaction,
  delivery: DeliveryView,
  start: StartAttempt,
  road: { readonly route: Route; readonly token: string | null },
): Promise<Plan> {
  const earlier = await tx.get(SELECT_SAME_ROAD, { deliveryId: delivery.deliveryId, ...road });
  return earlier === undefined ? { ...road, call: start.buildCall(delivery, road) } : recorded(earlier);
}

function recorded(row: RecordedRow): Plan {
  return { route: row.route, token: row.token, call: { path: row.path, body: row.body, retryKey: row.retry_key } };
}
