import type { ReceiptStatus } from "../../../core/receipt.ts";
import type { Context } from "./context.ts";

/** Part of `settleAttempt` and `noteReceipt`: what was sent holds up what comes behind it until it has arrived. */
export function prepareAwaited({ db }: Context) {
  const hold = db.prepare<[{ now: number; deliveryId: string }]>(`
    UPDATE delivery SET awaited_until = :now + (SELECT a.await_delivered_ms FROM attempt AS a
                                                WHERE a.delivery_id = :deliveryId AND a.attempt = delivery.attempts)
    WHERE delivery_id = :deliveryId
      AND EXISTS (SELECT 1 FROM attempt AS a WHERE a.delivery_id = :deliveryId AND a.attempt = delivery.attempts
                                               AND a.await_delivered_ms > 0)`);
  const letGo = db.prepare<[string]>(
    "UPDATE delivery SET awaited_until = NULL WHERE delivery_id = ? AND awaited_until IS NOT NULL",
  );

  return {
    /** Its call was accepted. A receipt that overtook that word leaves nothing to wait for. */
    sent(deliveryId: string, receipt: ReceiptStatus | null, now: number): void {
      if (!isOver(receipt)) hold.run({ now, deliveryId });
    },

    /** Whether something may go now that waited for this word. */
    said(deliveryId: string, receipt: ReceiptStatus): boolean {
      return isOver(receipt) && letGo.run(deliveryId).changes > 0;
    },
  };
}

/** It arrived, or it never will. */
function isOver(receipt: ReceiptStatus | null): boolean {
  return receipt !== null && receipt !== "sent";
}
