import type { RecordedCall, Route } from "../../../core/delivery.ts";
import { assert } from "../../../core/errors.ts";
import type { RouteDecision } from "../../../core/route.ts";
import type { DecidedAttempt } from "../../attempt.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

/** A decision to make a call. */
export type DecidedCall = DecidedAttempt & {
  readonly decision: Extract<RouteDecision, { readonly kind: "repeat" | "reply" | "paid" }>;
};

/** The exact request and route of the next attempt. */
export interface Plan {
  readonly route: Route;
  readonly token: string | null;
  readonly call: RecordedCall;
  readonly awaitDeliveredMs: number;
  readonly hasWindowTemplate: boolean;
}

interface RecordedRow {
  route: Route;
  token: string | null;
  path: string;
  body: string;
  retry_key: string | null;
  await_delivered_ms: number;
  has_window_template: number;
}

const RECORDED_COLUMNS = "route, token, path, body, retry_key, await_delivered_ms, has_window_template";

const SELECT_RECORDED = statement<{ deliveryId: string; attempt: number }, RecordedRow>(`
  SELECT ${RECORDED_COLUMNS} FROM attempt WHERE delivery_id = :deliveryId AND attempt = :attempt`);

/**
 * After an operator's replay or resend: attempts that were definitely not accepted don't bind, because their bundle may have
 * changed since. One that may have been accepted is repeated byte for byte, so that the platform recognises it.
 */
const IS_BINDING = `(outcome = 'unknown' OR attempt > (SELECT retry_baseline_attempt FROM delivery AS d
                                                      WHERE d.delivery_id = :deliveryId))`;

const SELECT_SAME_ROUTE = statement<{ deliveryId: string; route: Route; token: string | null }, RecordedRow>(`
  SELECT ${RECORDED_COLUMNS} FROM attempt
  WHERE delivery_id = :deliveryId AND route = :route AND token IS NOT DISTINCT FROM :token AND ${IS_BINDING}
  ORDER BY attempt LIMIT 1`);

/** Part of `startAttempt`: the request, which is the recorded one if an earlier attempt used the same route. */
export async function planCall(
  tx: Transaction,
  { delivery_id: deliveryId, attempts }: { readonly delivery_id: string; readonly attempts: number },
  { decision, call }: DecidedCall,
): Promise<Plan> {
  if (decision.kind === "repeat") {
    const earlier = await tx.get(SELECT_RECORDED, { deliveryId, attempt: decision.attempt });
    assert(earlier !== undefined, `${deliveryId} has no attempt ${decision.attempt} to repeat`);
    return recorded(earlier);
  }
  assert(call !== null, `${deliveryId} is to be sent, and no call was built`);
  const route = decision.kind === "reply" ? "reply" : decision.route;
  const token = decision.kind === "reply" ? decision.token : null;
  // Recorded bytes are reused: another rendering under the same retry key would be another message.
  const earlier = attempts === 0 ? undefined : await tx.get(SELECT_SAME_ROUTE, { deliveryId, route, token });
  if (earlier !== undefined) return recorded(earlier);
  const { awaitDeliveredMs, hasWindowTemplate, ...bytes } = call;
  return { route, token, call: bytes, awaitDeliveredMs, hasWindowTemplate };
}

function recorded(row: RecordedRow): Plan {
  const call = { path: row.path, body: row.body, retryKey: row.retry_key };
  const { route, token, await_delivered_ms: awaitDeliveredMs } = row;
  return { route, token, call, awaitDeliveredMs, hasWindowTemplate: row.has_window_template === 1 };
}
