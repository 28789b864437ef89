import type { Failure } from "./inbound-receipt.ts";
import { isAcceptance, type ReceiptStatus, strongerReceipt } from "./receipt.ts";

/** One receipt of one message of a delivery. */
export interface ReceiptRow {
  /** Empty where the platform named none. */
  readonly messageId: string;
  readonly status: ReceiptStatus;
  readonly receivedAt: number;
  /** The meaning of a `failed`. */
  readonly failure: Failure | null;
}

export interface EffectiveReceipt {
  /** `null`: none has come. */
  readonly status: ReceiptStatus | null;
  /** The meaning of a `failed`, if that is the status. */
  readonly failure: Failure | null;
}

/**
 * The receipt status of a delivery. A delivery has one message per accepted attempt, and a receipt is about one of them:
 * of each message the strongest status counts, and among messages one that arrived counts before one that failed.
 */
export function effectiveReceipt(rows: readonly ReceiptRow[]): EffectiveReceipt {
  const byMessage = Map.groupBy(rows, ({ messageId }) => messageId);
  return [...byMessage.values()].map(strongest).reduce(better, { status: null, failure: null });
}

function strongest(rows: readonly ReceiptRow[]): EffectiveReceipt {
  const status = rows.reduce<ReceiptStatus | null>((known, row) => strongerReceipt(known, row.status), null);
  const failed = status === "failed" ? rows.find((row) => row.status === "failed") : undefined;
  return { status, failure: failed?.failure ?? null };
}

function better(known: EffectiveReceipt, other: EffectiveReceipt): EffectiveReceipt {
  if (known.status === null || other.status === null) return known.status === null ? other : known;
  if (isAcceptance(known.status) !== isAcceptance(other.status)) return isAcceptance(known.status) ? known : other;
  return strongerReceipt(known.status, other.status) === known.status ? known : other;
}

export interface AttemptFacts {
  /** Message ids in the platform's answer; none without a readable answer. */
  readonly messageIds: readonly string[];
  readonly startedAt: number;
  /** An earlier attempt may have been accepted: then a receipt may be about that one's message. */
  readonly earlierMayBeAccepted: boolean;
}

/** The receipts of one attempt's message, as far as they can be told apart. */
export function aboutAttempt(rows: readonly ReceiptRow[], attempt: AttemptFacts): readonly ReceiptRow[] {
  const { messageIds, startedAt, earlierMayBeAccepted } = attempt;
  if (messageIds.length > 0) return rows.filter(({ messageId }) => messageId === "" || messageIds.includes(messageId));
  return earlierMayBeAccepted ? [] : rows.filter(({ receivedAt }) => receivedAt >= startedAt);
}
