import type { Failure } from "./inbound-receipt.ts";
import { isAcceptance, type ReceiptStatus, strongerReceipt } from "./receipt.ts";

/** One word of the platform about one message of a delivery. */
export interface ReceiptRow {
  /** Empty where the platform named none. */
  readonly messageId: string;
  readonly status: ReceiptStatus;
  readonly receivedAt: number;
  /** What a `failed` means. */
  readonly failure: Failure | null;
}

export interface EffectiveReceipt {
  /** `null`: none has come. */
  readonly status: ReceiptStatus | null;
  /** What a `failed` means, when that is the word. */
  readonly failure: Failure | null;
}

/**
 * What the platform says of a delivery. It has as many messages as tries that were accepted, and a word is about one of
 * them: of each the strongest counts, and of all of them one that arrived counts before one that failed.
 */
export function effectiveReceipt(rows: readonly ReceiptRow[]): EffectiveReceipt {
  const byMessage = Map.groupBy(rows, ({ messageId }) => messageId);
  return [...byMessage.values()].map(strongest).reduce(better, { status: null, failure: null });
}

function strongest(said: readonly ReceiptRow[]): EffectiveReceipt {
  const status = said.reduce<ReceiptStatus | null>((known, row) => strongerReceipt(known, row.status), null);
  const failed = status === "failed" ? said.find((row) => row.status === "failed") : undefined;
  return { status, failure: failed?.failure ?? null };
}

function better(known: EffectiveReceipt, other: EffectiveReceipt): EffectiveReceipt {
  if (known.status === null || other.status === null) return known.status === null ? other : known;
  if (isAcceptance(known.status) !== isAcceptance(other.status)) return isAcceptance(known.status) ? known : other;
  return strongerReceipt(known.status, other.status) === known.status ? known : other;
}

export interface AttemptSaid {
  /** The messages that its answer names; none when there was no answer, or no readable one. */
  readonly messageIds: readonly string[];
  readonly startedAt: number;
  /** An earlier attempt may have been accepted: then a word may be about that one's message. */
  readonly earlierMayBeAccepted: boolean;
}

/** The words that are about one attempt's message, as far as that can be told. */
export function aboutAttempt(rows: readonly ReceiptRow[], attempt: AttemptSaid): readonly ReceiptRow[] {
  const { messageIds, startedAt, earlierMayBeAccepted } = attempt;
  if (messageIds.length > 0) return rows.filter(({ messageId }) => messageId === "" || messageIds.includes(messageId));
  return earlierMayBeAccepted ? [] : rows.filter(({ receivedAt }) => receivedAt >= startedAt);
}
