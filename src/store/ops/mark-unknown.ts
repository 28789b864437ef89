import type { Route } from "../../core/delivery.ts";
import type { RetryPolicy } from "../../core/retry.ts";
import { statement } from "../statement.ts";
import type { Unsettled } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { settleAttempt } from "./settle-attempt.ts";

/* Part of `endExpiredCall` and `endOrphanedCall`: an attempt that was recorded and never settled. */

export interface SendingRow {
  delivery_id: string;
  attempts: number;
  route: Route;
  channel: string;
  account: string;
  has_attempt: number;
}

/** SQL that selects a `SendingRow`; a condition is appended. */
export const SELECT_SENDING = `
  SELECT d.delivery_id, d.attempts, d.route, c.channel, c.account,
         EXISTS (SELECT 1 FROM attempt AS a WHERE a.delivery_id = d.delivery_id AND a.attempt = d.attempts) AS has_attempt
  FROM delivery AS d JOIN conversation AS c USING (conversation_id) WHERE d.state = 'sending'`;

const MARK_MISSING = statement<{ deliveryId: string; attempt: number }>(
  "UPDATE attempt SET outcome_missing = 1 WHERE delivery_id = :deliveryId AND attempt = :attempt",
);

// Damage, as after a partial restore: the call is unknown, and the start must not fail because of it.
const GIVE_UP = statement<{ deliveryId: string; now: number }>(`
  UPDATE delivery SET state = 'dead', reason = 'its attempt is missing from the database', owner = NULL,
                      lease_expires_at = NULL, state_since = :now, ended_at = :now
  WHERE delivery_id = :deliveryId`);

/** Report of an attempt that was recorded and never settled: the call may have been made. */
const OUTCOME_MISSING = {
  outcome: { kind: "unknown", reason: "the process that made the call did not come back" },
  status: null,
  response: null,
  requestId: null,
  acceptedRequestId: null,
} as const;

export async function markUnknown(
  tx: Transaction,
  row: SendingRow,
  how: { readonly retry: RetryPolicy; readonly random: number },
): Promise<Unsettled> {
  const { delivery_id: deliveryId, attempts: attempt, route, channel, account } = row;
  if (row.has_attempt === 0) {
    await tx.run(GIVE_UP, { deliveryId, now: tx.now() });
    return { deliveryId, channel, account, route, entered: false };
  }
  const { entered } = await settleAttempt(tx, { deliveryId, attempt, report: OUTCOME_MISSING, ...how });
  await tx.run(MARK_MISSING, { deliveryId, attempt });
  return { deliveryId, channel, account, route, entered };
}
