import type { ClaimedTurn } from "../../core/turn.ts";
import type { Clock } from "../../runtime/clock.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";

export type ClaimOutcome =
  | { readonly kind: "claimed"; readonly turn: ClaimedTurn; readonly agent: string; readonly startedAt: number }
  /** Its events are gone. */
  | { readonly kind: "empty" }
  | { readonly kind: "failed"; readonly error: unknown };

export function reportClaim(watched: Telemetry & { readonly clock: Clock }) {
  const { log, metrics } = watched;
  return (outcome: ClaimOutcome): void => {
    switch (outcome.kind) {
      case "claimed":
        claimed(watched, outcome);
        return;
      case "empty":
        metrics.turns.inc({ outcome: "empty" });
        log.warn({}, "turn closed as empty: its events are gone");
        return;
      case "failed":
        log.error({ reason: reasonOf(outcome.error) }, "turn not claimed");
        return;
      default:
        outcome satisfies never;
    }
  };
}

function claimed(
  { log, metrics, traces, clock }: Telemetry & { readonly clock: Clock },
  { turn, agent, startedAt: from }: Extract<ClaimOutcome, { kind: "claimed" }>,
): void {
  const { turnId, attempt, fence } = turn;
  const { channel, account, conversationId, peerId: peer } = turn.conversation;
  const waitedMs = turn.claimedAt - turn.firstEventAt;
  if (attempt === 1) {
    metrics.turnEvents.observe(turn.events.length);
    metrics.waitSeconds.observe({ channel, account }, waitedMs / 1_000);
  }
  const facts = { turnId, conversationId, channel, account, peer, attempt, fence, agent };
  log.info({ ...facts, events: turn.events.length, waitedMs }, "turn handed to the agent");
  const attributes = { "turnpike.attempt": attempt, "turnpike.fence": fence, "turnpike.waited_ms": waitedMs };
  traces.record(turnId, "claim", { from, to: clock.now(), attributes });
}
