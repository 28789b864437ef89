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
 *
 * The row is the account's, which many conversations share. A call that finds another one watched must not wait for it,
 * and so looks before it writes; two that look at once are told apart by the condition of the update.
 */
export function prepareReceiptFlow({ db }: Context) {
  const selectWatched = db.prepare<[string, string, number], { busy: boolean }>(`
    SELECT receipt_watched_id IS NOT NULL AND receipt_watched_at > $3 AS busy FROM account
    WHERE channel = $1 AND account = $2`);
  const begin = db.prepare<[string, string, string, number, number]>(`
    INSERT INTO account AS a (channel, account, receipt_watched_id, receipt_watched_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (channel, account) DO UPDATE SET receipt_run = CASE WHEN a.receipt_watched_id IS NULL THEN a.receipt_run ELSE 0 END,
                                                 receipt_watched_id = excluded.receipt_watched_id,
                                                 receipt_watched_at = excluded.receipt_watched_at
    WHERE a.receipt_watched_id IS NULL OR a.receipt_watched_at <= $5`);
  const came = db.prepare<[string, string, string, number]>(`
    UPDATE account SET receipt_run = receipt_run + 1, receipt_last_at = $4, receipt_watched_id = NULL,
                       receipt_watched_at = NULL
    WHERE channel = $1 AND account = $2 AND receipt_watched_id = $3`);

  return {
    /** After a call that was accepted. */
    async watch({ channel, account, route, deliveryId, receipt, now, waitMs = WAIT_MS }: AcceptedCall): Promise<void> {
      if (route !== "session" && route !== "template") return;
      const isBusy = (await selectWatched.get(channel, account, now - waitMs))?.busy === true;
      if (!isBusy) await begin.run(channel, account, deliveryId, now, now - waitMs);
      if (receipt !== null) await came.run(channel, account, deliveryId, now);
    },

    /** After a receipt that names the delivery. */
    async came(of: { channel: string; account: string; deliveryId: string; now: number }): Promise<void> {
      await came.run(of.channel, of.account, of.deliveryId, of.now);
    },
  };
}
