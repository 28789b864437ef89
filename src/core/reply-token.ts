/** `claimed`: by the one delivery that may use it; `spent`: that one's call used it. */
export const REPLY_TOKEN_STATES = ["unused", "claimed", "spent"] as const;
export type ReplyTokenState = (typeof REPLY_TOKEN_STATES)[number];

/** A reply token that came with an event: it pays for one answer. */
export interface GrantedReplyToken {
  readonly token: string;
  /** How long we use it after this copy was received, in ms. */
  readonly ttlMs: number;
  /** No later copy prolongs it beyond this (epoch ms); `null` when the platform sets no such end. */
  readonly notAfter: number | null;
  /**
   * When its life began, by the platform's clock (epoch ms): the event's own time, on its first copy. `null` when only
   * the copy's arrival is known, as on a redelivery.
   */
  readonly grantedAt: number | null;
}

/** The two expiry times of a token, by the store's clock (epoch ms). Decision 42 says why there are two. */
export interface TokenEnds {
  /** Until then it may be tried. */
  readonly expiresAt: number;
  /** Until then the platform guarantees it: a repeat that is refused before it means that the first attempt was accepted. */
  readonly guaranteedUntil: number;
}

export interface ArrivalTimes {
  readonly now: number;
  /** The wall clock, to compare with the platform's: the store's clock may be ahead of it. */
  readonly wall: number;
  /** How far (ms) it may be behind, while a step forward isn't believed yet. Default 0. */
  readonly doubtedMs?: number;
  /** How long the webhook may have waited before it was read, in ms. */
  readonly waitedMs: number;
}

/** The expiry times of a token that is stored `now`. */
export function tokenEnds(token: GrantedReplyToken, { now, wall, doubtedMs = 0, waitedMs }: ArrivalTimes): TokenEnds {
  const lifeMs = token.notAfter === null ? token.ttlMs : clampMs(token.notAfter - wall, token.ttlMs);
  // A webhook may have waited in a proxy, in the socket of a stalled process or for a slow store, while the token's life
  // ran. If our clock is ahead the guarantee ends early, and no answer is lost by that.
  const sinceGrantedMs = token.grantedAt === null ? waitedMs : Math.max(waitedMs, wall + doubtedMs - token.grantedAt);
  return { expiresAt: now + lifeMs, guaranteedUntil: now + clampMs(token.ttlMs - sinceGrantedMs, lifeMs) };
}

function clampMs(ms: number, maxMs: number): number {
  return Math.floor(Math.max(0, Math.min(maxMs, ms)));
}
