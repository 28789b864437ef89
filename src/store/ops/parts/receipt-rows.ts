import type { ReceiptRow } from "../../../core/effective-receipt.ts";
import type { Failure } from "../../../core/inbound-receipt.ts";
import type { ReceiptStatus } from "../../../core/receipt.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

interface Row {
  platform_message_id: string;
  status: ReceiptStatus;
  received_at: number;
  detail: string | null;
}

const SELECT = statement<{ deliveryId: string }, Row>(
  "SELECT platform_message_id, status, received_at, detail FROM receipt WHERE delivery_id = :deliveryId",
);

/** All receipts of one delivery. */
export async function receiptsOf(tx: Transaction, deliveryId: string): Promise<ReceiptRow[]> {
  return (await tx.all(SELECT, { deliveryId })).map((row) => ({
    messageId: row.platform_message_id,
    status: row.status,
    receivedAt: row.received_at,
    failure: row.detail === null ? null : (JSON.parse(row.detail) as Failure),
  }));
}
