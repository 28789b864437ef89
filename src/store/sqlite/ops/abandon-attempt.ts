import type { AbandonAttempt } from "../../store.ts";
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
  const selectOwn = context.db.prepare<[string, string], { attempts: number }>(
    "SELECT attempts FROM delivery WHERE delivery_id = ? AND owner = ? AND state = 'sending'",
  );

  return function abandonAttempt({ deliveryId, owner, retry, chance }: AbandonAttempt): void {
    const own = selectOwn.get(deliveryId, owner);
    if (own !== undefined) settleAttempt({ deliveryId, attempt: own.attempts, report: NOT_MADE, retry, chance });
  };
}
