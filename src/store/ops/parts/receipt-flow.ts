import type { Route } from "../../../core/delivery.ts";
import type { ReceiptStatus } from "../../../core/receipt.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

/*
 * Measures whether an account's receipts arrive: one accepted call at a time is watched until its receipt, which costs one
 * row access per call.
 *
 * The account's row is shared by many conversations. To avoid waiting for its lock, a call reads it before it writes; the
 * update's condition decides between two that read at once.
 */

interface AcceptedCall {
  readonly channel: string;
  readonly account: string;
  readonly route: Route;
  readonly deliveryId: string;
  /** A receipt that came before the call's own answer. */
  readonly receipt: ReceiptStatus | null;
  readonly now: number;
  readonly waitMs: number | undefined;
}

interface Account {
  channel: string;
  account: string;
}

const WAIT_MS = 30_000;

const SELECT_WATCHED = statement<Account & { overdue: number }, { is_busy: number }>(`
  SELECT receipt_watched_id IS NOT NULL AND receipt_watched_at > :overdue AS is_busy FROM account
  WHERE channel = :channel AND account = :account`);

const BEGIN = statement<Account & { deliveryId: string; now: number; overdue: number }>(`
  INSERT INTO account AS a (channel, account, receipt_watched_id, receipt_watched_at)
  VALUES (:channel, :account, :deliveryId, :now)
  ON CONFLICT (channel, account)
  DO UPDATE SET receipt_run = CASE WHEN a.receipt_watched_id IS NULL THEN a.receipt_run ELSE 0 END,
                receipt_watched_id = excluded.receipt_watched_id,
                receipt_watched_at = excluded.receipt_watched_at
  WHERE a.receipt_watched_id IS NULL OR a.receipt_watched_at <= :overdue`);

const RECORD_RECEIPT = statement<Account & { deliveryId: string; now: number }>(`
  UPDATE account SET receipt_run = receipt_run + 1, receipt_last_at = :now, receipt_watched_id = NULL,
                     receipt_watched_at = NULL
  WHERE channel = :channel AND account = :account AND receipt_watched_id = :deliveryId`);

/** After an accepted call. */
export async function watchForReceipt(tx: Transaction, call: AcceptedCall): Promise<void> {
  const { channel, account, route, deliveryId, receipt, now, waitMs = WAIT_MS } = call;
  if (route !== "session" && route !== "template") return;
  const overdue = now - waitMs;
  const isBusy = (await tx.get(SELECT_WATCHED, { channel, account, overdue }))?.is_busy === 1;
  if (!isBusy) await tx.run(BEGIN, { channel, account, deliveryId, now, overdue });
  if (receipt !== null) await tx.run(RECORD_RECEIPT, { channel, account, deliveryId, now });
}

/** After a receipt that names the delivery. */
export async function recordWatchedReceipt(
  tx: Transaction,
  { channel, account, deliveryId, now }: Pick<AcceptedCall, "channel" | "account" | "deliveryId" | "now">,
): Promise<void> {
  await tx.run(RECORD_RECEIPT, { channel, account, deliveryId, now });
}
