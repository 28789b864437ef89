import type { AbandonAttempt } from "../attempt.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { settleAttempt } from "./settle-attempt.ts";

interface Row {
  delivery_id: string;
  attempts: number;
}

const SELECT_OWN = statement<{ deliveryId: string; owner: string }, Row>(
  "SELECT delivery_id, attempts FROM delivery WHERE delivery_id = :deliveryId AND owner = :owner AND state = 'sending'",
);

const SELECT_OF_TURN = statement<{ turnId: string; owner: string }, Row>(
  "SELECT delivery_id, attempts FROM delivery WHERE turn_id = :turnId AND owner = :owner AND state = 'sending'",
);

const NOT_MADE = {
  outcome: { kind: "retry", reason: "the call was not made: its record was not confirmed", retryAfterMs: 0 },
  status: null,
  response: null,
  requestId: null,
  acceptedRequestId: null,
} as const;

export async function abandonAttempt(tx: Transaction, abandoned: AbandonAttempt): Promise<void> {
  const { owner, retry, random } = abandoned;
  // A conversation has one delivery in flight at most.
  const own = await ("deliveryId" in abandoned
    ? tx.get(SELECT_OWN, { deliveryId: abandoned.deliveryId, owner })
    : tx.get(SELECT_OF_TURN, { turnId: abandoned.turnId, owner }));
  if (own === undefined) return;
  const { delivery_id: deliveryId, attempts: attempt } = own;
  if ("turnId" in abandoned && abandoned.inFlight.has(deliveryId)) return;
  await settleAttempt(tx, { deliveryId, attempt, report: NOT_MADE, retry, random });
}
