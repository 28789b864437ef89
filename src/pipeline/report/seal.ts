import type { Clock } from "../../runtime/clock.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import type { SealedTurn } from "../../store/store.ts";

export type SealOutcome =
  /** The store's result; `later` and `gone`: the poll came too early or too late. */
  | ({ readonly turnId: string; readonly startedAt: number } & SealedTurn)
  | { readonly kind: "failed"; readonly error: unknown };

export function reportSeal({ log, metrics, traces, clock }: Telemetry & { readonly clock: Clock }) {
  return (outcome: SealOutcome): void => {
    switch (outcome.kind) {
      case "ready": {
        const { turnId, conversationId, startedAt: from } = outcome;
        log.info({ turnId, conversationId }, "turn sealed");
        traces.record(turnId, "seal", { from, to: clock.now() });
        return;
      }
      case "empty":
        metrics.turns.inc({ outcome: "empty" });
        log.warn({ turnId: outcome.turnId }, "turn closed as empty: its events are gone");
        return;
      case "failed":
        log.error({ reason: reasonOf(outcome.error) }, "turn not sealed");
        return;
      case "later":
      case "gone":
        return;
      default:
        outcome satisfies never;
    }
  };
}
