import type { Route } from "../../../core/delivery.ts";
import type { RetryPolicy } from "../../../core/retry.ts";
import type { Unsettled } from "../../store.ts";
import type { Context } from "./context.ts";
import { prepareSettleAttempt } from "./settle-attempt.ts";

export interface SendingRow {
  delivery_id: string;
  attempts: number;
  route: Route;
  channel: string;
}

export const SELECT_SENDING = `
  SELECT d.delivery_id, d.attempts, d.route, c.channel
  FROM delivery AS d JOIN conversation AS c USING (conversation_id) WHERE d.state = 'sending'`;

/** An attempt that was recorded and never settled: the call may have been made. */
const NO_WORD = {
  outcome: { kind: "unknown", reason: "the process that made the call did not come back" },
  status: null,
  response: null,
  requestId: null,
  acceptedRequestId: null,
} as const;

export function prepareLeaveUnknown(context: Context) {
  const settleAttempt = prepareSettleAttempt(context);

  return function leaveUnknown(row: SendingRow, how: { retry: RetryPolicy; chance: number }): Unsettled {
    const { delivery_id: deliveryId, attempts: attempt, route, channel } = row;
    const { entered } = settleAttempt({ deliveryId, attempt, report: NO_WORD, ...how });
    return { deliveryId, channel, route, entered };
  };
}
