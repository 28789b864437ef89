import type { Route, SendOutcomeKind, Settlement } from "../../core/delivery.ts";
import type { Clock } from "../../runtime/clock.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import type { StartedAttempt } from "../../store/attempt.ts";
import { reportRefused } from "./outbox.ts";

/** Outcome of a due delivery for which no call was made. */
export type UncalledOutcome =
  /** `paidRoute`: its label in the counters. */
  | (Exclude<StartedAttempt, { kind: "send" }> & { readonly paidRoute: Route })
  | { readonly kind: "failed"; readonly error: unknown };

export function reportSend({ log, metrics }: Pick<Telemetry, "log" | "metrics">) {
  return (outcome: UncalledOutcome): void => {
    switch (outcome.kind) {
      case "held": {
        const { deliveryId, reason } = outcome;
        log.warn({ deliveryId, reason }, "delivery held");
        return;
      }
      case "waiting": {
        const { deliveryId, reason } = outcome;
        log.warn({ deliveryId, reason }, "delivery waiting");
        return;
      }
      case "parked": {
        const { deliveryId, conversation, paidRoute: route, reason, entered } = outcome;
        const { channel, account } = conversation;
        if (entered) metrics.deliveries.inc({ channel, route, outcome: "parked", account });
        log.warn({ deliveryId, channel, account, reason }, "delivery parked");
        return;
      }
      case "discarded": {
        const { deliveryId, reason } = outcome;
        log.info({ deliveryId, reason }, "system message discarded: no free route would take it");
        return;
      }
      case "refused": {
        reportRefused({ log, metrics }, outcome.conversation, [outcome]);
        return;
      }
      case "expired": {
        const { deliveryId, conversation, paidRoute: route, reason } = outcome;
        const { channel, account } = conversation;
        metrics.deliveries.inc({ channel, route, outcome: "dead", account });
        log.warn({ deliveryId, channel, account, reason }, "delivery dead: its deliverBy has passed");
        return;
      }
      case "failed":
        log.error({ reason: reasonOf(outcome.error) }, "attempt not started");
        return;
      default:
        outcome satisfies never;
    }
  };
}

/** One platform call, as it is traced. */
export interface PlatformCallSpan {
  /** Makes the call inside the span. */
  run<T>(work: () => T): T;
  /** The call's outcome and the delivery's new state; `null`: they could not be stored. */
  end(settled: { readonly outcome: SendOutcomeKind; readonly state: Settlement["state"] } | null): void;
}

export function platformCallSpans({ traces, clock }: Pick<Telemetry, "traces"> & { readonly clock: Clock }) {
  return (started: Extract<StartedAttempt, { kind: "send" }>, from: number): PlatformCallSpan => {
    const { deliveryId, turnId, attempt, route, conversation } = started;
    const { run, end } = traces.start(turnId ?? deliveryId, "send", from, {
      "turnpike.delivery": deliveryId,
      "turnpike.attempt": attempt,
      "turnpike.route": route,
      "turnpike.channel": conversation.channel,
      "turnpike.account": conversation.account,
    });
    return {
      run,
      end(settled) {
        if (settled === null) return end(clock.now(), { failure: "not settled" });
        const { outcome, state } = settled;
        const attributes = { "turnpike.outcome": outcome, "turnpike.state": state };
        end(clock.now(), { attributes, failure: outcome === "sent" ? null : outcome });
      },
    };
  };
}
