import type { InboundReceipt } from "../../core/inbound-receipt.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Deps } from "../deps.ts";

export type ReceiptDeps = Pick<Deps, "store" | "settings" | "random" | "redact" | "wake" | "report">;

/** Writes down what the platform says of a delivery. Why it could not be stored; `null` when it was. */
export async function storeReceipt(deps: ReceiptDeps, given: InboundReceipt): Promise<string | null> {
  const { store, settings, random, wake, report } = deps;
  const receipt = redactReceipt(deps, given);
  try {
    const recorded = await store.recordReceipt({ receipt, retry: settings.deliveryRetry, random: random.fraction() });
    report.receipt({ kind: "stored", receipt, recorded });
    // A place in the conversation's order may be free now, or a delivery is to be tried again.
    if (recorded.deliveries.some((one) => one.isNews && (one.movedTo !== null || one.freesNext))) wake.signal("send");
    return null;
  } catch (error) {
    report.receipt({ kind: "not-stored", receipt, error });
    return reasonOf(error);
  }
}

/** What it is about isn't at hand to be compared with, as it is for a call's own answer: our secrets are. */
function redactReceipt({ redact }: Pick<Deps, "redact">, receipt: InboundReceipt): InboundReceipt {
  const { failure } = receipt;
  return failure === null ? receipt : { ...receipt, failure: { ...failure, reason: redact(failure.reason) } };
}
