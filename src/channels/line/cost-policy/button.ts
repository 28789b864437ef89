import type { SystemMessageKind } from "../../../core/slow-reply.ts";
import { readObject } from "../../json.ts";
import type { SystemMessageTexts } from "../config/cost-policy.ts";

/** Prefix of the gateway's own postbacks, which the agent never sees. */
const POSTBACK_PREFIX = "turnpike:answer:";

/** The callback token of one of the gateway's buttons; `null` for a postback of the agent. */
export function callbackTokenOf(postbackData: string): string | null {
  return postbackData.startsWith(POSTBACK_PREFIX) ? postbackData.slice(POSTBACK_PREFIX.length) : null;
}

export function systemMessages(
  texts: SystemMessageTexts,
  kind: SystemMessageKind,
  callbackToken: string,
): readonly unknown[] {
  switch (kind) {
    case "prompt":
    case "working":
      return [withButton(texts[kind], texts.show, callbackToken)];
    case "delivered":
    case "failed":
    case "expired":
      return [{ type: "text", text: texts[kind] }];
    case "not-yours":
      return [{ type: "text", text: texts.notYours }];
    default:
      return kind satisfies never;
  }
}

function withButton(text: string, label: string, callbackToken: string): unknown {
  return {
    type: "template",
    altText: text,
    template: { type: "buttons", text, actions: [postbackAction(label, callbackToken)] },
  };
}

function postbackAction(label: string, callbackToken: string) {
  return { type: "postback", label, data: `${POSTBACK_PREFIX}${callbackToken}` };
}

/** LINE: up to 13 items, shown only where they stand on the last message of a call (Use quick replies). */
export const QUICK_REPLY_ITEMS_MAX = 13;

/**
 * Moves all quick replies of one call to its last message, the only place where LINE shows them, the one for `more` in
 * front. When there are too many, those of the later messages are kept.
 */
export function mergeQuickReplies(messages: readonly unknown[], more: { label: string; callbackToken: string } | null) {
  const items = messages.flatMap(itemsOf);
  const last = readObject(messages.at(-1));
  if ((items.length === 0 && more === null) || last === null) return messages;
  const ours = more === null ? [] : [{ type: "action", action: postbackAction(more.label, more.callbackToken) }];
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
