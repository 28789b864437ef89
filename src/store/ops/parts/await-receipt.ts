import type { ReceiptStatus } from "../../../core/receipt.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

// Part of `settleAttempt` and `recordReceipt`: a sent delivery blocks the next one until its receipt.

const AWAIT_RECEIPT = statement<{ deliveryId: string; now: number }>(`
  UPDATE delivery SET awaited_until = :now + (SELECT a.await_delivered_ms FROM attempt AS a
                                              WHERE a.delivery_id = :deliveryId AND a.attempt = delivery.attempts)
  WHERE delivery_id = :deliveryId
    AND EXISTS (SELECT 1 FROM attempt AS a WHERE a.delivery_id = :deliveryId AND a.attempt = delivery.attempts
                                             AND a.await_delivered_ms > 0)`);

const END_WAIT = statement<{ deliveryId: string }>(
  "UPDATE delivery SET awaited_until = NULL WHERE delivery_id = :deliveryId AND awaited_until IS NOT NULL",
);

/** After an accepted call: waits for its receipt, unless that came before the call's answer. */
export async function awaitReceipt(
  tx: Transaction,
  deliveryId: string,
  receipt: ReceiptStatus | null,
  now: number,
): Promise<void> {
  if (!isOver(receipt)) await tx.run(AWAIT_RECEIPT, { deliveryId, now });
}

/** After a receipt: ends the wait. Resolves to whether a delivery waited. */
export async function endWait(tx: Transaction, deliveryId: string, receipt: ReceiptStatus): Promise<boolean> {
  return isOver(receipt) && (await tx.run(END_WAIT, { deliveryId })).changes > 0;
}

/** The message arrived or failed. */
function isOver(receipt: ReceiptStatus | null): boolean {
  return receipt !== null && receipt !== "sent";
}
