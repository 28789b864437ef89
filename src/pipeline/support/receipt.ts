import type { InboundReceipt } from "../../core/inbound-receipt.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { NotedReceipt } from "../../store/store.ts";
import type { Deps } from "../deps.ts";

/** Writes down what the platform says of a delivery. Why it could not be stored; `null` when it was. */
export async function storeReceipt(deps: Deps, given: InboundReceipt): Promise<string | null> {
  const { store, settings, chance, log } = deps;
  const receipt = discreet(deps, given);
  try {
    const noted = await store.noteReceipt({ receipt, retry: settings.deliveryRetry, chance: chance.random() });
    note(deps, receipt, noted);
    return null;
  } catch (error) {
    const reason = reasonOf(error);
    const { channel, account, status } = receipt;
    log.error({ channel, account, status, reason }, "receipt not stored: the platform is told to send it again");
    return reason;
  }
}

/** What it is about isn't at hand to be compared with, as it is for a call's own answer: our secrets are. */
function discreet({ mask }: Deps, receipt: InboundReceipt): InboundReceipt {
  const { failure } = receipt;
  return failure === null ? receipt : { ...receipt, failure: { ...failure, reason: mask(failure.reason) } };
}

function note(deps: Deps, receipt: InboundReceipt, { deliveries }: NotedReceipt): void {
  const { channel, account, status, failure } = receipt;
  if (deliveries.length === 0) deps.log.debug({ channel, account, status }, "receipt for nothing that was sent here");
  for (const { deliveryId, route, isNews, movedTo, freesNext, status: strongest } of deliveries) {
    const facts = { channel, account, deliveryId, status, strongest, state: movedTo ?? undefined };
    if (!isNews) {
      deps.log.debug(facts, "receipt known already");
      continue;
    }
    if (movedTo !== null && movedTo !== "pending")
      deps.metrics.deliveries.inc({ channel, route, outcome: movedTo, account });
    if (failure === null) deps.log.info(facts, movedTo === null ? "receipt" : "delivery settled by its receipt");
    else deps.log.warn({ ...facts, reason: failure.reason }, "delivery failed after it was accepted");
    // Its place in the conversation's order may be free now, or it is to be tried again.
    if (movedTo !== null || freesNext) deps.wake.signal("send");
  }
}
