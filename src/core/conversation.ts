export const CONVERSATION_KINDS = ["user", "group", "room"] as const;
export type ConversationKind = (typeof CONVERSATION_KINDS)[number];

/** The unit of order: one person or group, at one of our accounts, on one platform. */
export interface ConversationRef {
  /** The platform, as named in `channels/index.ts`: `line`. */
  readonly channel: string;
  /** Our account on it. `default` when there is only one. */
  readonly account: string;
  readonly kind: ConversationKind;
  /** The platform's id of the person or group on the other side. */
  readonly peerId: string;
}

/**
 * The ids under which a platform knows one person, where they change: a phone number is reassigned, a user id comes
 * later. A person who is known by any of them keeps the conversation.
 */
export interface PeerNames {
  /** The id that is never reassigned; `null` when the platform didn't tell. */
  readonly own: string | null;
  /** An id that may be another person's later, as a phone number; `null` when the platform didn't tell. */
  readonly reassignable: string | null;
  /** What these two were before, where the platform says that they changed. */
  readonly formerly: { readonly own: string | null; readonly reassignable: string | null } | null;
}

/** `<channel>/<account>`. */
export function accountOf({ channel, account }: Pick<ConversationRef, "channel" | "account">): string {
  return `${channel}/${account}`;
}

/** A conversation that the store knows. */
export interface Conversation extends ConversationRef {
  readonly conversationId: string;
}
