import type { TypingIndicatorTarget } from "../../channels/channel.ts";
import { accountKeyOf } from "../../core/conversation.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { pause } from "../../runtime/clock.ts";
import { reasonOf } from "../../runtime/log.ts";
import { stringValues, stripQuotedInput } from "../../runtime/redaction.ts";
import type { Deps } from "../deps.ts";

/** A faster answer needs no indicator, and one sent after the answer would stay visible. */
const GRACE_MS = 250;
/** Pause after a refusal: the account may be over its rate limit, or lack the permission. */
const AFTER_FAILURE_MS = 30_000;

export type TypingIndicatorDeps = Pick<Deps, "channels" | "clock" | "ownership" | "outbound" | "report">;

/** Marks the turn as read and shows the typing indicator until the result is called. Nothing waits for it. */
export function showTypingIndicator(deps: TypingIndicatorDeps, turn: ClaimedTurn): () => void {
  const { channel, account } = turn.conversation;
  const typingIndicator = deps.channels.find(channel, account)?.typingIndicator ?? null;
  const lastEvent = turn.events.at(-1);
  if (typingIndicator === null || lastEvent === undefined) return () => {};
  const { refreshMs, perSecond } = typingIndicator;
  const target: TypingIndicatorTarget = { conversation: turn.conversation, lastEvent };
  const stopped = new AbortController();
  const name = `typing indicator of ${accountKeyOf({ channel, account })}`;

  async function attempt(act: (target: TypingIndicatorTarget) => Promise<void>): Promise<void> {
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

  async function keepShowing(): Promise<void> {
    await pause(deps.clock, GRACE_MS, stopped.signal);
    while (!stopped.signal.aborted) {
      await attempt(typingIndicator === null ? async () => {} : (to) => typingIndicator.show(to));
      await pause(deps.clock, refreshMs, stopped.signal);
    }
  }

  if (turn.attempt === 1) void attempt((to) => typingIndicator.markRead(to));
  void keepShowing();
  return () => stopped.abort("stopped");
}
