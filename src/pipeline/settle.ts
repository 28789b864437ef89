import type { AttemptReport } from "../core/delivery.ts";
import { stringValuesOf, stripQuotedInput } from "../runtime/redaction.ts";
import type { Settled, StartedAttempt } from "../store/attempt.ts";
import type { Deps } from "./deps.ts";
import { recordExhausted, recordSpent, type SpendDeps } from "./support/quota.ts";
import { retryWrite } from "./support/retry-write.ts";

type Sent = StartedAttempt & { readonly kind: "send" };

export interface Called {
  /** The platform's answer. */
  readonly answer: AttemptReport;
  readonly callMs: number;
}

export type SettleDeps = SpendDeps & Pick<Deps, "store" | "settings" | "clock" | "random" | "redact" | "stopping">;

/** Stores the outcome of a platform call, and updates the quota. */
export async function settle(deps: SettleDeps, attempt: Sent, { answer, callMs }: Called): Promise<Settled> {
  const redacted = redactReport(deps, attempt, answer);
  const settled = await record(deps, attempt, redacted);
  const { kind } = redacted.outcome;
  if (kind === "quota-exhausted") recordExhausted(deps, attempt.conversation);
  if (kind === "sent" && attempt.route !== "reply") recordSpent(deps, attempt.conversation);
  deps.report.settle({ attempt, redacted, settled, callMs });
  return settled;
}

/** A platform's error may quote our headers, the message or the person's id: they are redacted before it is stored. */
function redactReport({ redact }: Pick<Deps, "redact">, { call }: Sent, answer: AttemptReport): AttemptReport {
  const { outcome } = answer;
  return {
    ...answer,
    outcome:
      outcome.kind === "sent"
        ? outcome
        : {
            ...outcome,
            reason: stripQuotedInput(redact(outcome.reason), [...stringValuesOf(call.body), call.retryKey ?? ""]),
          },
    response: answer.response === null ? null : redact(answer.response),
  };
}

function record(deps: SettleDeps, attempt: Sent, report: AttemptReport): Promise<Settled> {
  const { store, random, settings } = deps;
  // Retried while the store is unavailable: otherwise the attempt would end as `unknown`.
  return retryWrite(deps, () =>
    store.settleAttempt({
      deliveryId: attempt.deliveryId,
      attempt: attempt.attempt,
      report,
      retry: settings.deliveryRetry,
      random: random.fraction(),
      unknownWaitMs: settings.unknownWaitMs,
    }),
  );
}
