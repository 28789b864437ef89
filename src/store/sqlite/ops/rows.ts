export {
  CONVERSATION_COLUMNS,
  type ConversationRow,
  EVENT_COLUMNS,
  type EventRow,
  toConversation,
  toTurnEvent,
} from "../../rows.ts";

/** SQL that is true when the conversation `c` is of an account in that JSON list, or when there is no list. */
export function isOurs(parameter: string): string {
  return `(${parameter} IS NULL OR c.channel || '/' || c.account IN (SELECT value FROM json_each(${parameter})))`;
}
