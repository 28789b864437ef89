import { statement } from "../statement.ts";
import type { AbandonAttempt } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { settleAttempt } from "./settle-attempt.ts";

const SELECT_OWN = statement<{ deliveryId: string; owner: string }, { attempts: number }>(
  "SELECT attempts FROM delivery WHERE delivery_id = :deliveryId AND owner = :owner AND state = 'sending'",
);

const NOT_MADE = {
  outcome: { kind: "retry", reason: "the call was not made: its record was not confirmed", retryAfterMs: 0 },
  status: null,
  response: null,
  requestId: null,
  acceptedRequestId: null,
} as const;

export async function abandonAttempt(
  tx: Transaction,
  { deliveryId, owner, retry, random }: AbandonAttempt,
): Promise<void> {
  const own = await tx.get(SELECT_OWN, { deliveryId, owner });
  if (own === undefined) return;
  await settleAttempt(tx, { deliveryId, attempt: own.attempts, report: NOT_MADE, retry, random });
}
