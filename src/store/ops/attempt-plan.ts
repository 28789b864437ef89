import type { RecordedCall, Route } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { RouteDecision } from "../../core/route.ts";
import { statement } from "../statement.ts";
import type { DeliveryView, StartAttempt } from "../store.ts";
import type { Transaction } from "../transaction.ts";

/** What exactly the next attempt sends, and by which route. */
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
 * A person has sent it on its way anew: what certainly went nowhere before binds nothing, because what was bundled into it then may
 * have gone its own way since. What may have arrived is repeated, so that the platform can tell.
 */
const IS_BINDING = `(outcome = 'unknown' OR attempt > (SELECT retry_baseline_attempt FROM delivery AS d
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
  decision: Exclude<RouteDecision, { readonly kind: "hold" | "park" | "wait" }>,
): Promise<Plan> {
  switch (decision.kind) {
    case "repeat": {
      const { deliveryId } = delivery;
      const earlier = await tx.get(SELECT_RECORDED, { deliveryId, attempt: decision.attempt });
      assert(earlier !== undefined, `${deliveryId} has no attempt ${decision.attempt} to repeat`);
      return recorded(earlier);
    }
    case "reply":
      return await onRoute(tx, delivery, start, { route: "reply", token: decision.token });
    case "paid":
      return await onRoute(tx, delivery, start, { route: decision.route, token: null });
    default:
      return decision satisfies never;
  }
}

/** Bytes once recorded for a route are the bytes: a new rendering under the same retry key would be another message. */
async function onRoute(
  tx: Transaction,
  delivery: DeliveryView,
  start: StartAttempt,
  decision: { readonly route: Route; readonly token: string | null },
): Promise<Plan> {
  const earlier = await tx.get(SELECT_SAME_ROAD, { deliveryId: delivery.deliveryId, ...decision });
  return earlier === undefined ? { ...decision, call: start.buildCall(delivery, decision) } : recorded(earlier);
}

function recorded(row: RecordedRow): Plan {
  return { route: row.route, token: row.token, call: { path: row.path, body: row.body, retryKey: row.retry_key } };
}
