import type { Telemetry } from "../../runtime/telemetry.ts";
import type { Expired } from "../../store/store.ts";

export type SweepOutcome =
  /** Leases that ended without their owner. */
  | { readonly kind: "expired"; readonly expired: Expired }
  | {
      readonly kind: "purged";
      readonly contents: number;
      readonly turns: number;
      readonly events: number;
      readonly keys: number;
    };

export function reportSweep(watched: Pick<Telemetry, "log" | "metrics">) {
  return (outcome: SweepOutcome): void => {
    switch (outcome.kind) {
      case "expired":
        expired(watched, outcome.expired);
        return;
      case "purged": {
        const { contents, turns, events, keys } = outcome;
        if (contents + turns + events + keys > 0)
          watched.log.debug({ contents, turns, events, keys }, "purged by retention");
        return;
      }
      default:
        outcome satisfies never;
    }
  };
}

function expired(
  { log, metrics }: Pick<Telemetry, "log" | "metrics">,
  { turnsReady, turnsDead, attemptsUnknown }: Expired,
): void {
  if (turnsReady + turnsDead > 0) {
    log.warn({ turnsReady, turnsDead }, "turn leases expired: the turns are ready again, or dead");
  }
  if (turnsDead > 0) metrics.turns.inc({ outcome: "dead" }, turnsDead);
  for (const { deliveryId, channel, account, route, entered } of attemptsUnknown) {
    log.warn({ deliveryId, channel, account, route }, "attempt lease expired: its outcome is unknown");
    metrics.attempts.inc({ channel, route, outcome: "unknown", account });
    if (entered) metrics.deliveries.inc({ channel, route, outcome: "unknown", account });
  }
}
