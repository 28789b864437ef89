import type { InboundReceipt } from "../../core/inbound-receipt.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import type { RecordedReceipt } from "../../store/store.ts";
import { reportAccountMove, reportTemplateRefused } from "./settle.ts";

export type ReceiptOutcome =
  | { readonly kind: "stored"; readonly receipt: InboundReceipt; readonly recorded: RecordedReceipt }
  | { readonly kind: "not-stored"; readonly receipt: InboundReceipt; readonly error: unknown };

export function reportReceipt(watched: Pick<Telemetry, "log" | "metrics">) {
  return (outcome: ReceiptOutcome): void => {
    switch (outcome.kind) {
      case "stored":
        stored(watched, outcome.receipt, outcome.recorded);
        return;
      case "not-stored": {
        const { channel, account, status } = outcome.receipt;
        const facts = { channel, account, status, reason: reasonOf(outcome.error) };
        watched.log.error(facts, "receipt not stored: the platform is told to send it again");
        return;
      }
      default:
        outcome satisfies never;
    }
  };
}

function stored(
  { log, metrics }: Pick<Telemetry, "log" | "metrics">,
  { channel, account, status, failure }: InboundReceipt,
  { deliveries }: RecordedReceipt,
): void {
  if (deliveries.length === 0) log.debug({ channel, account, status }, "receipt for an unknown message");
  for (const { route, isNew, movedTo, templateRefused, account: move, ...recorded } of deliveries) {
    const { deliveryId, conversationId, turnId, status: strongest } = recorded;
    const of = { channel, account, conversationId, turnId: turnId ?? undefined, deliveryId };
    const facts = { ...of, status, strongest, state: movedTo ?? undefined };
    if (!isNew) {
      log.debug(facts, "duplicate receipt");
      continue;
    }
    if (movedTo !== null && movedTo !== "pending")
      metrics.deliveries.inc({ channel, route, outcome: movedTo, account });
    if (failure === null) log.info(facts, movedTo === null ? "receipt" : "delivery settled by its receipt");
    else log.warn({ ...facts, reason: failure.reason }, "delivery failed after it was accepted");
    reportTemplateRefused({ log }, { channel, account }, templateRefused);
    reportAccountMove({ log }, { channel, account, reason: failure?.reason }, move);
  }
}
