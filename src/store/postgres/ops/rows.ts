export {
  CONVERSATION_COLUMNS,
  type ConversationRow,
  EVENT_COLUMNS,
  type EventRow,
  toConversation,
  toTurnEvent,
} from "../../rows.ts";

/** SQL that is true when the conversation `c` is of an account in that array, or when there is no array. */
export function isOurs(parameter: string): string {
  return `(${parameter}::text[] IS NULL OR c.channel || '/' || c.account = ANY (${parameter}::text[]))`;
}
