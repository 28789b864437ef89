import type { ReceiptStatus } from "../../../core/receipt.ts";
import type { Context } from "./context.ts";

/** Part of `settleAttempt` and `noteReceipt`: what was sent holds up what comes behind it until it has arrived. */
export function prepareAwaited({ db }: Context) {
  const hold = db.prepare<[number, string]>("UPDATE delivery SET awaited_until = ? WHERE delivery_id = ?");
  const letGo = db.prepare<[string]>(
    "UPDATE delivery SET awaited_until = NULL WHERE delivery_id = ? AND awaited_until IS NOT NULL",
  );

  return {
    /** Its call was accepted. A receipt that overtook the answer leaves nothing to wait for. */
    sent(deliveryId: string, receipt: ReceiptStatus | null, until: number | null): void {
      if (until !== null && !isOver(receipt)) hold.run(until, deliveryId);
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
