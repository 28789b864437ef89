import type { TypingIndicatorTarget } from "../../channels/channel.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { pause } from "../../runtime/clock.ts";
import { reasonOf } from "../../runtime/log.ts";
import { stringValues, stripQuotedInput } from "../../runtime/redaction.ts";
import type { Deps } from "../deps.ts";

/** An answer that is there as quickly needs no indicator, and one that overtook it would leave the indicator standing. */
const GRACE_MS = 250;
/** After a refusal: the account may be too fast, or may not do this at all. */
const AFTER_FAILURE_MS = 30_000;

export type TypingIndicatorDeps = Pick<Deps, "channels" | "clock" | "ownership" | "outbound" | "report">;

/** Shows that the turn was read and is being worked on, until the result is called. Nothing waits for it. */
export function showTypingIndicator(deps: TypingIndicatorDeps, turn: ClaimedTurn): () => void {
  const { channel, account } = turn.conversation;
  const typingIndicator = deps.channels.find(channel, account)?.typingIndicator ?? null;
  const lastEvent = turn.events.at(-1);
  if (typingIndicator === null || lastEvent === undefined) return () => {};
  const { refreshMs, perSecond } = typingIndicator;
  const target: TypingIndicatorTarget = { conversation: turn.conversation, lastEvent };
  const stopped = new AbortController();
  const name = `typing indicator of ${channel}/${account}`;

  async function give(act: (target: TypingIndicatorTarget) => Promise<void>): Promise<void> {
    if (!deps.ownership.processLease.isValid() || !deps.outbound.rate.take(name, perSecond)) return;
    try {
      await act(target);
    } catch (error) {
      deps.outbound.rate.block(name, AFTER_FAILURE_MS);
      // The platform may quote the person's id, or the token of the read mark.
      const reason = stripQuotedInput(reasonOf(error), stringValues([turn.conversation.peerId, lastEvent?.content]));
      deps.report.typingIndicatorFailed({ channel, account, reason });
    }
  }

  async function keepWorking(): Promise<void> {
    await pause(deps.clock, GRACE_MS, stopped.signal);
    while (!stopped.signal.aborted) {
      await give(typingIndicator === null ? async () => {} : (to) => typingIndicator.show(to));
      await pause(deps.clock, refreshMs, stopped.signal);
    }
  }

  if (turn.attempt === 1) void give((to) => typingIndicator.markRead(to));
  void keepWorking();
  return () => stopped.abort();
}
