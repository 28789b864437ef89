import type { Failure } from "../../../core/inbound-receipt.ts";
import { type ReceiptStatus, strongerReceipt } from "../../../core/receipt.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

export interface ReceiptWord {
  /** The strongest word so far; `null`: none has come. */
  readonly status: ReceiptStatus | null;
  /** What a `failed` means, when that is the strongest word. */
  readonly failure: Failure | null;
}

/** What the receipts of one delivery say, taken together. */
export function prepareReceiptWord({ db }: Context) {
  const select = db.prepare<Key, { status: ReceiptStatus; detail: string | null }>(
    "SELECT status, detail FROM receipt WHERE slot = $1 AND delivery_id = $2",
  );

  return async function wordOf(deliveryId: string): Promise<ReceiptWord> {
    const rows = await select.all(...keyOf(deliveryId));
    const status = rows.reduce<ReceiptStatus | null>((known, row) => strongerReceipt(known, row.status), null);
    const detail = status === "failed" ? rows.find((row) => row.status === "failed")?.detail : null;
    return { status, failure: detail == null ? null : (JSON.parse(detail) as Failure) };
  };
}
