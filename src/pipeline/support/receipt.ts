import type { InboundReceipt } from "../../core/inbound-receipt.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Deps } from "../deps.ts";

export type ReceiptDeps = Pick<Deps, "store" | "settings" | "chance" | "mask" | "wake" | "report">;

/** Writes down what the platform says of a delivery. Why it could not be stored; `null` when it was. */
export async function storeReceipt(deps: ReceiptDeps, given: InboundReceipt): Promise<string | null> {
  const { store, settings, chance, wake, report } = deps;
  const receipt = discreet(deps, given);
  try {
    const noted = await store.noteReceipt({ receipt, retry: settings.deliveryRetry, chance: chance.random() });
    report.receipt({ kind: "stored", receipt, noted });
    // A place in the conversation's order may be free now, or a delivery is to be tried again.
    if (noted.deliveries.some((one) => one.isNews && (one.movedTo !== null || one.freesNext))) wake.signal("send");
    return null;
  } catch (error) {
    report.receipt({ kind: "not-stored", receipt, error });
    return reasonOf(error);
  }
}

/** What it is about isn't at hand to be compared with, as it is for a call's own answer: our secrets are. */
function discreet({ mask }: Pick<Deps, "mask">, receipt: InboundReceipt): InboundReceipt {
  const { failure } = receipt;
  return failure === null ? receipt : { ...receipt, failure: { ...failure, reason: mask(failure.reason) } };
}
