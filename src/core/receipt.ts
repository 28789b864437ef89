/**
 * Status of a message that the platform had accepted, weakest first. It only ever moves to the right: receipts come
 * twice, late and out of order, and `delivered` may be left out.
 *
 * `failed` is weaker than `delivered`: a message may fail on one of the person's devices and arrive on another.
 */
export const RECEIPT_STATUSES = ["sent", "failed", "delivered", "read"] as const;
export type ReceiptStatus = (typeof RECEIPT_STATUSES)[number];

/** The stronger of two statuses. */
export function strongerReceipt(known: ReceiptStatus | null, next: ReceiptStatus): ReceiptStatus {
  if (known === null) return next;
  return RECEIPT_STATUSES.indexOf(next) > RECEIPT_STATUSES.indexOf(known) ? next : known;
}

/** Measures whether an account's receipts arrive: of the accepted calls one at a time is watched. */
export interface ReceiptFlow {
  /** Watched calls in a row that got their receipt. */
  readonly run: number;
  /** When the last of them came (epoch ms); `null`: never. */
  readonly lastAt: number | null;
  /** Since when a call waits for its receipt (epoch ms); `null`: none is watched. */
  readonly watchedSince: number | null;
}

const RUN_LEAST = 3;
const RUN_LIFE_MS = 24 * 60 * 60_000;

/** Receipts are known to flow when the last three watched calls got theirs within a day and none is overdue. */
export function areReceiptsFlowing({ run, lastAt, watchedSince }: ReceiptFlow, now: number, waitMs: number): boolean {
  const isRecent = lastAt !== null && now - lastAt < RUN_LIFE_MS;
  const isOverdue = watchedSince !== null && now - watchedSince >= waitMs;
  return run >= RUN_LEAST && isRecent && !isOverdue;
}

/** True for a status that proves that the platform accepted the message. */
export function isAcceptance(status: ReceiptStatus | null): boolean {
  return status !== null && status !== "failed";
}
