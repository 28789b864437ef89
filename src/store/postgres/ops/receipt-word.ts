import type { Failure } from "../../../core/inbound-receipt.ts";
import type { ReceiptStatus } from "../../../core/receipt.ts";
import type { ReceiptRow } from "../../../core/receipt-word.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

interface Row {
  platform_message_id: string;
  status: ReceiptStatus;
  received_at: number;
  detail: string | null;
}

/** What the platform has said of one delivery, message by message. */
export function prepareReceiptWord({ db }: Context) {
  const select = db.prepare<Key, Row>(
    "SELECT platform_message_id, status, received_at, detail FROM receipt WHERE slot = $1 AND delivery_id = $2",
  );

  return async function wordsOf(deliveryId: string): Promise<ReceiptRow[]> {
    return (await select.all(...keyOf(deliveryId))).map((row) => ({
      messageId: row.platform_message_id,
      status: row.status,
      receivedAt: row.received_at,
      failure: row.detail === null ? null : (JSON.parse(row.detail) as Failure),
    }));
  };
}
