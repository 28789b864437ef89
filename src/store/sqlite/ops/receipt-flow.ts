import type { Route } from "../../../core/delivery.ts";
import type { ReceiptStatus } from "../../../core/receipt.ts";
import type { Context } from "./context.ts";

interface AcceptedCall {
  readonly channel: string;
  readonly account: string;
  readonly route: Route;
  readonly deliveryId: string;
  /** The word that came before the call's own answer. */
  readonly receipt: ReceiptStatus | null;
  readonly now: number;
  readonly waitMs: number | undefined;
}

const WAIT_MS = 30_000;

/**
 * Measures whether an account's receipts come: one accepted call at a time is watched until its receipt is there, so
 * that the measure costs a row a call and no search.
 */
export function prepareReceiptFlow({ db }: Context) {
  const begin = db.prepare<{ channel: string; account: string; deliveryId: string; now: number; overdue: number }>(`
    INSERT INTO account (channel, account, receipt_watched_id, receipt_watched_at)
    VALUES (:channel, :account, :deliveryId, :now)
    ON CONFLICT DO UPDATE SET receipt_run = CASE WHEN receipt_watched_id IS NULL THEN receipt_run ELSE 0 END,
                              receipt_watched_id = excluded.receipt_watched_id,
                              receipt_watched_at = excluded.receipt_watched_at
    WHERE receipt_watched_id IS NULL OR receipt_watched_at <= :overdue`);
  const came = db.prepare<[number, string, string, string]>(`
    UPDATE account SET receipt_run = receipt_run + 1, receipt_last_at = ?, receipt_watched_id = NULL,
                       receipt_watched_at = NULL
    WHERE channel = ? AND account = ? AND receipt_watched_id = ?`);

  return {
    /** After a call that was accepted. */
    watch({ channel, account, route, deliveryId, receipt, now, waitMs = WAIT_MS }: AcceptedCall): void {
      if (route !== "session" && route !== "template") return;
      begin.run({ channel, account, deliveryId, now, overdue: now - waitMs });
      if (receipt !== null) came.run(now, channel, account, deliveryId);
    },

    /** After a receipt that names the delivery. */
    came(of: { channel: string; account: string; deliveryId: string; now: number }): void {
      came.run(of.now, of.channel, of.account, of.deliveryId);
    },
  };
}
