import type { InboundReceipt } from "../../core/inbound-receipt.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Deps } from "../deps.ts";

export type ReceiptDeps = Pick<Deps, "store" | "settings" | "random" | "redact" | "wake" | "report">;

/** Stores a receipt. Resolves to why it could not be stored; `null` when it was. */
export async function storeReceipt(deps: ReceiptDeps, given: InboundReceipt): Promise<string | null> {
  const { store, settings, random, wake, report } = deps;
  const receipt = redactReceipt(deps, given);
  try {
    const recorded = await store.recordReceipt({ receipt, retry: settings.deliveryRetry, random: random.fraction() });
    report.receipt({ kind: "stored", receipt, recorded });
    // The next delivery of the conversation may be due now, or this one is to be tried again.
    if (recorded.deliveries.some((one) => one.isNew && (one.movedTo !== null || one.freesNext))) wake.signal("send");
    if (recorded.deliveries.some((one) => one.account === "stopped")) wake.signal("check-accounts");
    return null;
  } catch (error) {
    report.receipt({ kind: "not-stored", receipt, error });
    return reasonOf(error);
  }
}

/** Redacts our secrets. Quoted input can't be stripped as in a call's answer: the call's body isn't known here. */
function redactReceipt({ redact }: Pick<Deps, "redact">, receipt: InboundReceipt): InboundReceipt {
  const { failure } = receipt;
  return failure === null ? receipt : { ...receipt, failure: { ...failure, reason: redact(failure.reason) } };
}
