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
  account: string;
  has_attempt: number;
}

export const SELECT_SENDING = `
  SELECT d.delivery_id, d.attempts, d.route, c.channel, c.account,
         EXISTS (SELECT 1 FROM attempt AS a WHERE a.delivery_id = d.delivery_id AND a.attempt = d.attempts) AS has_attempt
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
  const { db, clock } = context;
  const settleAttempt = prepareSettleAttempt(context);
  const expectWord = db.prepare<[string, number]>(
    "UPDATE attempt SET no_word = 1 WHERE delivery_id = ? AND attempt = ?",
  );
  // Damage, as after a partial restore: nobody can say what was sent, and no start may fail of it.
  const giveUp = db.prepare<[number, number, string]>(`
    UPDATE delivery SET state = 'dead', reason = 'its attempt is missing from the database', owner = NULL,
                        lease_expires_at = NULL, state_since = ?, ended_at = ?
    WHERE delivery_id = ?`);

  return function leaveUnknown(row: SendingRow, how: { retry: RetryPolicy; chance: number }): Unsettled {
    const { delivery_id: deliveryId, attempts: attempt, route, channel, account } = row;
    if (row.has_attempt === 0) {
      giveUp.run(clock.now(), clock.now(), deliveryId);
      return { deliveryId, channel, account, route, entered: false };
    }
    const { entered } = settleAttempt({ deliveryId, attempt, report: NO_WORD, ...how });
    expectWord.run(deliveryId, attempt);
    return { deliveryId, channel, account, route, entered };
  };
}
