import type { TypingIndicator, TypingIndicatorTarget } from "../channel.ts";
import { readObject, readText } from "../json.ts";
import type { LineApi } from "./api.ts";
import type { LineTypingIndicatorOptions } from "./config/typing-indicator.ts";

/** LINE: 5 to 60 seconds, in steps of 5; ends when a message arrives (Display a loading animation). */
const LOADING_S = 20;
/** A little less than its duration, so that it doesn't blink. */
const REFRESH_MS = (LOADING_S - 2) * 1_000;
/** LINE: 100 requests a second for the animation (Rate limits). Half of it: other programs may use the channel. */
const PER_SECOND = 50;

/** Loading animation (LINE: one-to-one chats only) and read mark. */
export function createTypingIndicator(
  api: LineApi,
  options: Required<LineTypingIndicatorOptions>,
): TypingIndicator | null {
  if (!options.loading && options.markAsRead === "never") return null;
  // With "Chat" off in the account manager LINE marks all messages itself (Mark messages as read); asked for once.
  let isAutomatic: Promise<boolean> | null = null;

  async function marksByItself(): Promise<boolean> {
    if (options.markAsRead === "always") return false;
    isAutomatic ??= api.get("/v2/bot/info").then((info) => info.markAsReadMode === "auto");
    try {
      return await isAutomatic;
    } catch {
      // Unknown: mark anyway, which does no harm. The next turn asks again.
      isAutomatic = null;
      return false;
    }
  }

  return {
    refreshMs: REFRESH_MS,
    perSecond: PER_SECOND,
    async markRead({ lastEvent }: TypingIndicatorTarget) {
      const markAsReadToken = readText(readObject(lastEvent.content.message)?.markAsReadToken);
      if (markAsReadToken === null || options.markAsRead === "never" || (await marksByItself())) return;
      await api.post("/v2/bot/chat/markAsRead", { markAsReadToken });
    },
    async show({ conversation }: TypingIndicatorTarget) {
      if (!options.loading || conversation.kind !== "user") return;
      await api.post("/v2/bot/chat/loading/start", { chatId: conversation.peerId, loadingSeconds: LOADING_S });
    },
  };
}
