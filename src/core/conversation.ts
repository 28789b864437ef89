export const CONVERSATION_KINDS = ["user", "group", "room"] as const;
export type ConversationKind = (typeof CONVERSATION_KINDS)[number];

/** The unit of order: one person or group, on one of our identities, on one platform. */
export interface ConversationRef {
  /** The platform, as named in `channels/index.ts`: `line`. */
  readonly channel: string;
  /** Our identity on it. `default` when there is only one. */
  readonly account: string;
  readonly kind: ConversationKind;
  /** The platform's id of the person or group on the other side. */
  readonly peerId: string;
}

/** A conversation that the store knows. */
export interface Conversation extends ConversationRef {
  readonly conversationId: string;
}
