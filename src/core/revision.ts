import type { EventContent, InboundMessage } from "./event.ts";

/*
 * What a revision (`InboundEvent.revises`) does, on every channel. It is an event of its own, too.
 *
 *   the earlier message …                retract                     edit
 *   is in a turn that no agent has had   leaves the turn             gets the new wording; the edit opens no turn
 *   opened no turn                       is no context any more      gets the new wording; if the edit opens a turn (it
 *                                                                    mentions the bot), it leaves for the edit
 *   is in a turn that an agent has had   stays: sealed means frozen  stays; the edit opens a turn if its type does
 *   … and that turn is interrupted       leaves the turn             gets the new wording, or leaves for the edit
 *   was taken back                       nothing                     nothing; the edit opens no turn
 *   has not arrived                      will be a duplicate         gets the wording when it arrives; if the edit opened
 *                                                                    a turn, it will be a duplicate
 *
 * An edit that is older than the wording that is there changes nothing.
 */

/** What a message says. An edit brings all of these, or the message has them no more: offsets of mentions, for example. */
const WORDING: ReadonlySet<string> = new Set(["text", "emojis", "mention"]);

/**
 * The content with the edit's wording. What an edit doesn't repeat stays: attachments, a quoted message, tokens. Its id and
 * type are the message's own.
 */
export function reworded(content: EventContent, edit: EventContent): EventContent {
  const { message } = content;
  if (message === undefined || edit.message === undefined) return content;
  const lasting = Object.entries(message).filter(([field]) => !WORDING.has(field));
  const { id, type } = message;
  const next: InboundMessage = { ...Object.fromEntries(lasting), ...edit.message, id, type };
  return { ...content, message: next };
}
