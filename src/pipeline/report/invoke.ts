import type { ClaimedTurn, LeasedTurn } from "../../core/turn.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import type { FailedTurn } from "../../store/store.ts";

export type InvokeOutcome =
  /** The agent accepted it and answers later. */
  | { readonly kind: "accepted"; readonly turn: LeasedTurn }
  /** The agent failed or refused it, had no free place for it (`returned`), or this process ends (`handed-back`). */
  | {
      readonly kind: "failed" | "returned" | "handed-back";
      readonly turn: ClaimedTurn;
      readonly reason: string;
      /** The turn's new state. */
      readonly became: FailedTurn;
    }
  | { readonly kind: "lease-not-renewed"; readonly turn: LeasedTurn; readonly error: unknown };

export function reportInvoke(watched: Pick<Telemetry, "log" | "metrics">) {
  const { log } = watched;
  return (outcome: InvokeOutcome): void => {
    const { turnId, fence } = outcome.turn;
    switch (outcome.kind) {
      case "accepted":
        log.info({ turnId, fence }, "turn accepted by the agent: it answers later");
        return;
      case "failed":
      case "returned":
      case "handed-back":
        notAnswered(watched, outcome);
        return;
      case "lease-not-renewed":
        log.warn({ turnId, fence, reason: reasonOf(outcome.error) }, "lease not renewed");
        return;
      default:
        outcome satisfies never;
    }
  };
}

function notAnswered(
  { log, metrics }: Pick<Telemetry, "log" | "metrics">,
  { kind, turn, reason, became }: Extract<InvokeOutcome, { became: FailedTurn }>,
): void {
  const { turnId, fence, attempt } = turn;
  const { channel, account, conversationId } = turn.conversation;
  const facts = { turnId, conversationId, channel, account, attempt, fence, reason };
  if (became.state === "dead") {
    metrics.turns.inc({ outcome: "dead" });
    log.error(facts, "turn dead: its events are kept and it waits for a person");
    return;
  }
  switch (kind) {
    case "failed":
      log.warn({ ...facts, nextInMs: became.nextInMs }, "turn not answered: it will be handed out again");
      return;
    case "returned":
      log.info(facts, "turn returned by the agent: it waits for the next claim");
      return;
    case "handed-back":
      log.info(facts, "turn handed back: the next owner starts at once");
      return;
    default:
      kind satisfies never;
  }
}
