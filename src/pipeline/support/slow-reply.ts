import type { Channel, SlowReply } from "../../channels/channel.ts";
import type { Conversation } from "../../core/conversation.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { pause } from "../../runtime/clock.ts";
import { unlessFenced } from "../../runtime/loop.ts";
import type { Prompted } from "../../store/store.ts";
import type { Deps } from "../deps.ts";

/** The store may prompt a little before the token's fallback lead time; a poll that is too early costs little. */
const POLL_EARLIER_MS = 1_500;
/** Delay after a failed write, in ms. */
const RETRY_MS = 500;

export type SlowReplyDeps = Pick<Deps, "store" | "channels" | "clock" | "wake" | "report">;

/**
 * While the agent works: spends the turn's last reply token on a button before the token expires. Ends when `signal` is
 * aborted. The store decides whether it is time; this only polls it then.
 */
export async function promptWhenSlow(deps: SlowReplyDeps, turn: ClaimedTurn, signal: AbortSignal): Promise<void> {
  const channel = deps.channels.find(turn.conversation.channel, turn.conversation.account);
  const slowReply = slowReplyFor(channel, turn.conversation);
  if (slowReply === null || turn.replyBy === null) return;
  const marginMs = channel?.token?.marginMs ?? 0;
  const earliestAt = Math.min(turn.firstEventAt + slowReply.afterMs, turn.replyBy - 2 * marginMs - POLL_EARLIER_MS);
  let inMs = Math.max(0, earliestAt - turn.claimedAt);
  while (!signal.aborted) {
    await pause(deps.clock, inMs, signal);
    if (signal.aborted) return;
    const prompted = await tryPrompt(deps, turn, slowReply, marginMs);
    if (prompted.kind !== "later") return;
    ({ inMs } = prompted);
  }
}

async function tryPrompt(
  { store, channels, wake, report }: SlowReplyDeps,
  turn: ClaimedTurn,
  slowReply: SlowReply,
  marginMs: number,
): Promise<Prompted> {
  const { turnId, fence, conversation } = turn;
  const channel = channels.find(conversation.channel, conversation.account);
  const costPolicy = channel?.costPolicy ?? null;
  if (channel === null || costPolicy === null) return { kind: "none" };
  const prompt = {
    turnId,
    fence,
    marginMs,
    messagesPerCall: channel.messagesPerCall,
    afterMs: slowReply.afterMs,
    pushAfterMs: slowReply.pushAfterMs,
    expiresAfterMs: slowReply.expiresAfterMs,
    messages: (callbackToken: string) => costPolicy.systemMessage("prompt", callbackToken),
  };
  try {
    const prompted = await unlessFenced(() => store.promptWithButton(prompt));
    if (prompted === "fenced") return { kind: "none" };
    if (prompted.kind === "prompted") {
      report.slowReply({ kind: "prompted", lease: turn, deliveryId: prompted.deliveryId });
      wake.signal("send");
    }
    return prompted;
  } catch (error) {
    report.slowReply({ kind: "failed", lease: turn, error });
    return { kind: "later", inMs: RETRY_MS };
  }
}

/** The conversation's slow-reply policy; `null`: it gets no button. */
export function slowReplyFor(channel: Channel | null, { kind }: Conversation): SlowReply | null {
  const slowReply = channel?.costPolicy?.slowReply ?? null;
  return slowReply !== null && (kind === "user" || slowReply.inGroups) ? slowReply : null;
}
