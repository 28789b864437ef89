export const CONVERSATION_KINDS = ["user", "group", "room"] as const;
export type ConversationKind = (typeof CONVERSATION_KINDS)[number];

/** `paused`: the bot is silent in it, because a human agent or an operator has taken it over. */
export const CONVERSATION_STATUSES = ["active", "paused"] as const;
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number];

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
export interface PeerIds {
  /** The id that is never reassigned; `null` when the platform didn't tell. */
  readonly own: string | null;
  /** An id that may be another person's later, as a phone number; `null` when the platform didn't tell. */
  readonly reassignable: string | null;
  /** What these two were before, where the platform says that they changed. */
  readonly formerly: { readonly own: string | null; readonly reassignable: string | null } | null;
}

/** A phone number as people write it, in international form: `+1 (555) 010-0199`. A group's id that begins with a minus isn't one. */
const PHONE_NUMBER = /^\+?[\d(][\d\s().\u2010-\u2015/-]*$/;

/** Digits of a phone number with its country code (ITU-T E.164: up to 15). */
const PHONE_DIGITS = /^\d{6,15}$/;

/**
 * A phone number as platforms write it: digits only, with the country code (`15550100199`). `null` for what isn't written
 * as one.
 */
export function phoneDigits(given: string): string | null {
  const written = given.normalize("NFKC").replace(INVISIBLE, "").trim();
  if (!PHONE_NUMBER.test(written)) return null;
  const digits = written.replace(/\D/g, "");
  return PHONE_DIGITS.test(digits) ? digits : null;
}

/** Direction marks and the like, which come along when a number is copied. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The ids that a given name of a person or group may be, the likeliest first: as it is given, and as a phone number in the
 * platforms' form. Whoever looks a person up by a name that was typed looks for each of them.
 */
export function peerIdsOf(given: string): readonly string[] {
  const trimmed = given.trim();
  const digits = phoneDigits(trimmed);
  return digits === null || digits === trimmed ? [trimmed] : [trimmed, digits];
}

/** `<channel>/<account>`: an account among those of all channels. Made by `accountKeyOf` only. */
export type AccountKey = `${string}/${string}`;

export function accountKeyOf({ channel, account }: Pick<ConversationRef, "channel" | "account">): AccountKey {
  return `${channel}/${account}`;
}

/** A conversation that the store knows. */
export interface Conversation extends ConversationRef {
  readonly conversationId: string;
}
