import type { ConversationKind } from "../../../core/conversation.ts";
import type { EventContent, EventEffect } from "../../../core/event.ts";
import { readObject } from "../../json.ts";
import type { GroupTrigger } from "../config.ts";

export interface EffectOptions {
  readonly turnEvents: readonly string[];
  readonly groupTrigger: GroupTrigger;
  readonly groupPrefix: string | null;
}

/** Effect of an answerable event on the conversation's turn. */
export function effectOf(
  { type, kind, content }: { type: string; kind: ConversationKind; content: EventContent },
  options: EffectOptions,
): EventEffect {
  if (!options.turnEvents.includes(type)) return "store";
  // Not typed, so no debounce: no further parts follow a tap or a follow.
  if (content.message === undefined) return "collect-now";
  return kind === "user" || isForUs(content, options) ? "collect" : "store";
}

/** In a group or room: whether the message is addressed to the bot. Others become context of its next turn. */
function isForUs({ message }: EventContent, { groupTrigger, groupPrefix }: EffectOptions): boolean {
  if (groupTrigger === "every") return true;
  const { mentionees } = readObject(message?.mention) ?? {};
  const mentioned = (Array.isArray(mentionees) ? mentionees : []).map((mentionee) => readObject(mentionee) ?? {});
  if (mentioned.some(({ isSelf }) => isSelf === true)) return true;
  if (groupTrigger === "mention-or-all" && mentioned.some(({ type }) => type === "all")) return true;
  return groupPrefix !== null && beginsWith(message?.text ?? "", groupPrefix);
}

/** Whether a reader would say so: a full-width `＠`, another case, or characters that aren't seen make no difference. */
function beginsWith(text: string, prefix: string): boolean {
  const name = asRead(prefix);
  return name !== "" && asRead(text).startsWith(name);
}

/** Compatibility forms (full-width, half-width) as one, in lower case, without marks that aren't seen (Unicode: NFKC). */
function asRead(text: string): string {
  return text
    .normalize("NFKC")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .trimStart()
    .toLowerCase();
}
