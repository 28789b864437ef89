import type { AttemptReport, RecordedCall } from "../../core/delivery.ts";
import type { TypingIndicator, TypingIndicatorTarget } from "../channel.ts";
import { graphPath } from "../meta/api.ts";
import type { ResolvedMessengerOptions } from "./config.ts";

/** Messenger shows "is typing" for up to 20 seconds (Messenger: Sender actions). */
const TYPING_REFRESH_MS = 15_000;
/** A tenth of a page's 300 calls a second (Messenger: Rate limits): answers come first. */
const ACTIONS_PER_SECOND = 30;

/** Read mark and typing indicator. A sender action must be a call of its own: with a message it is refused. */
export function createTypingIndicator(
  send: (call: RecordedCall) => Promise<AttemptReport>,
  options: Pick<ResolvedMessengerOptions, "pageId" | "graphVersion">,
): TypingIndicator {
  const path = graphPath(options, `/${options.pageId}/messages`);
  const act = async (action: "mark_seen" | "typing_on", { conversation }: TypingIndicatorTarget): Promise<void> => {
    const body = JSON.stringify({ recipient: { id: conversation.peerId }, sender_action: action });
    const { outcome } = await send({ path, body, retryKey: null });
    if (outcome.kind !== "sent") throw new Error(`${action}: ${outcome.reason}`);
  };
  return {
    refreshMs: TYPING_REFRESH_MS,
    perSecond: ACTIONS_PER_SECOND,
    markRead: (target) => act("mark_seen", target),
    show: (target) => act("typing_on", target),
  };
}
