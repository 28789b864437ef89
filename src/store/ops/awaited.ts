import type { ReceiptStatus } from "../../core/receipt.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

// Part of `settleAttempt` and `recordReceipt`: what was sent holds up what comes behind it until it has arrived.

const HOLD = statement<{ deliveryId: string; now: number }>(`
  UPDATE delivery SET awaited_until = :now + (SELECT a.await_delivered_ms FROM attempt AS a
                                              WHERE a.delivery_id = :deliveryId AND a.attempt = delivery.attempts)
  WHERE delivery_id = :deliveryId
    AND EXISTS (SELECT 1 FROM attempt AS a WHERE a.delivery_id = :deliveryId AND a.attempt = delivery.attempts
                                             AND a.await_delivered_ms > 0)`);

const LET_GO = statement<{ deliveryId: string }>(
  "UPDATE delivery SET awaited_until = NULL WHERE delivery_id = :deliveryId AND awaited_until IS NOT NULL",
);

/** Its call was accepted. A receipt that overtook that word leaves nothing to wait for. */
export async function sent(
  tx: Transaction,
  deliveryId: string,
  receipt: ReceiptStatus | null,
  now: number,
): Promise<void> {
  if (!isOver(receipt)) await tx.run(HOLD, { deliveryId, now });
}

/** Whether something may go now that waited for this word. */
export async function said(tx: Transaction, deliveryId: string, receipt: ReceiptStatus): Promise<boolean> {
  return isOver(receipt) && (await tx.run(LET_GO, { deliveryId })).changes > 0;
}

/** It arrived, or it never will. */
function isOver(receipt: ReceiptStatus | null): boolean {
  return receipt !== null && receipt !== "sent";
}
