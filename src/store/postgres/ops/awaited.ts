import type { ReceiptStatus } from "../../../core/receipt.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

/** Part of `settleAttempt` and `noteReceipt`: what was sent holds up what comes behind it until it has arrived. */
export function prepareAwaited({ db }: Context) {
  const hold = db.prepare<[...Key, number]>(`
    UPDATE delivery SET awaited_until = $3 + (SELECT a.await_delivered_ms FROM attempt AS a
                                              WHERE a.slot = $1 AND a.delivery_id = $2 AND a.attempt = delivery.attempts)
    WHERE slot = $1 AND delivery_id = $2
      AND EXISTS (SELECT 1 FROM attempt AS a WHERE a.slot = $1 AND a.delivery_id = $2 AND a.attempt = delivery.attempts
                                               AND a.await_delivered_ms > 0)`);
  const letGo = db.prepare<Key>(`
    UPDATE delivery SET awaited_until = NULL
    WHERE slot = $1 AND delivery_id = $2 AND awaited_until IS NOT NULL`);

  return {
    /** Its call was accepted. A receipt that overtook that word leaves nothing to wait for. */
    async sent(deliveryId: string, receipt: ReceiptStatus | null, now: number): Promise<void> {
      if (!isOver(receipt)) await hold.run(...keyOf(deliveryId), now);
    },

    /** Whether something may go now that waited for this word. */
    async said(deliveryId: string, receipt: ReceiptStatus): Promise<boolean> {
      return isOver(receipt) && (await letGo.run(...keyOf(deliveryId))).changes > 0;
    },
  };
}

/** It arrived, or it never will. */
function isOver(receipt: ReceiptStatus | null): boolean {
  return receipt !== null && receipt !== "sent";
}
