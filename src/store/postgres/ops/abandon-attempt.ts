import type { AbandonAttempt } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareSettleAttempt } from "./settle-attempt.ts";

const NOT_MADE = {
  outcome: { kind: "retry", reason: "the call was not made: its record was not confirmed", retryAfterMs: 0 },
  status: null,
  response: null,
  requestId: null,
  acceptedRequestId: null,
} as const;

export function prepareAbandonAttempt(context: Context) {
  const settleAttempt = prepareSettleAttempt(context);
  const selectOwn = context.db.prepare<[...Key, string], { attempts: number }>(
    "SELECT attempts FROM delivery WHERE slot = $1 AND delivery_id = $2 AND owner = $3 AND state = 'sending'",
  );

  return async function abandonAttempt({ deliveryId, owner, retry, chance }: AbandonAttempt): Promise<void> {
    const own = await selectOwn.get(...keyOf(deliveryId), owner);
    if (own !== undefined) await settleAttempt({ deliveryId, attempt: own.attempts, report: NOT_MADE, retry, chance });
  };
}
