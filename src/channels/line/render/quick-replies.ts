import { readObject } from "../../json.ts";

/** LINE: up to 13 items, shown only where they stand on the last message of a call (Use quick replies). */
export const QUICK_REPLY_ITEMS_MAX = 13;

/**
 * Moves all quick replies of one call to its last message, the only place where LINE shows them, the one for
 * `more` in front. When there are too many, those of the later messages are kept.
 */
export function mergeQuickReplies(messages: readonly unknown[], more: object | null) {
  const items = messages.flatMap(itemsOf);
  const last = readObject(messages.at(-1));
  if ((items.length === 0 && more === null) || last === null) return messages;
  const ours = more === null ? [] : [{ type: "action", action: more }];
  const kept = items.slice(-(QUICK_REPLY_ITEMS_MAX - ours.length));
  return [
    ...messages.slice(0, -1).map(withoutQuickReply),
    { ...last, quickReply: { ...readObject(last.quickReply), items: [...ours, ...kept] } },
  ];
}

function itemsOf(message: unknown): readonly unknown[] {
  const items = readObject(readObject(message)?.quickReply)?.items;
  return Array.isArray(items) ? items : [];
}

function withoutQuickReply(message: unknown): unknown {
  const object = readObject(message);
  if (object?.quickReply === undefined) return message;
  const { quickReply: _, ...rest } = object;
  return rest;
}
