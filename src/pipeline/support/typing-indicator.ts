import type { PresenceTarget } from "../../channels/channel.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { pause } from "../../runtime/clock.ts";
import { leaves, withoutEcho } from "../../runtime/discretion.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Deps } from "../deps.ts";

/** An answer that is there as quickly needs no sign, and one that overtook it would leave the sign standing. */
const GRACE_MS = 250;
/** After a refusal: the account may be too fast, or may not do this at all. */
const AFTER_FAILURE_MS = 30_000;

export type TypingIndicatorDeps = Pick<Deps, "channels" | "clock" | "ownership" | "outbound" | "report">;

/** Shows that the turn was read and is being worked on, until the result is called. Nothing waits for it. */
export function showPresence(deps: TypingIndicatorDeps, turn: ClaimedTurn): () => void {
  const { channel, account } = turn.conversation;
  const presence = deps.channels.find(channel, account)?.presence ?? null;
  const lastEvent = turn.events.at(-1);
  if (presence === null || lastEvent === undefined) return () => {};
  const { refreshMs, perSecond } = presence;
  const target: PresenceTarget = { conversation: turn.conversation, lastEvent };
  const stopped = new AbortController();
  const name = `presence of ${channel}/${account}`;

  async function give(sign: (target: PresenceTarget) => Promise<void>): Promise<void> {
    if (!deps.ownership.tenure.isHeld() || !deps.outbound.rate.take(name, perSecond)) return;
    try {
      await sign(target);
    } catch (error) {
      deps.outbound.rate.hold(name, AFTER_FAILURE_MS);
      // The platform may quote the person's id, or the token of the read mark.
      const reason = withoutEcho(reasonOf(error), leaves([turn.conversation.peerId, lastEvent?.content]));
      deps.report.typingIndicatorFailed({ channel, account, reason });
    }
  }

  async function keepWorking(): Promise<void> {
    await pause(deps.clock, GRACE_MS, stopped.signal);
    while (!stopped.signal.aborted) {
      await give(presence === null ? async () => {} : (to) => presence.working(to));
      await pause(deps.clock, refreshMs, stopped.signal);
    }
  }

  if (turn.attempt === 1) void give((to) => presence.seen(to));
  void keepWorking();
  return () => stopped.abort();
}
