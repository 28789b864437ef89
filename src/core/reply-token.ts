/** A free answer that the platform grants us with an event. */
export interface GrantedReplyToken {
  readonly token: string;
  /** How long we trust it after we received this copy, in ms. */
  readonly ttlMs: number;
  /** No copy, however late, makes it live longer than this (epoch ms); `null` when the platform sets no such end. */
  readonly notAfter: number | null;
  /**
   * When it began to live, by the platform's clock (epoch ms): the event's own time, on its first copy. `null` when only
   * the copy's arrival is known, as on one that was sent again.
   */
  readonly grantedAt: number | null;
}

/** The two ends of a token, by the store's clock (epoch ms). Decision 42 says why there are two. */
export interface TokenEnds {
  /** Until then it is worth a try. */
  readonly expiresAt: number;
  /** Until then it is guaranteed: a repeat that is refused before it means that the first try was accepted. */
  readonly guaranteedUntil: number;
}

export interface CopyTimes {
  readonly now: number;
  /** The machine's clock, to compare with the platform's: the store's own may be ahead for reasons of its own. */
  readonly wall: number;
  /** How long the copy may have waited for us, in ms. */
  readonly waitedMs: number;
}

/** The ends of a token whose copy is stored `now`. */
export function tokenEnds(token: GrantedReplyToken, { now, wall, waitedMs }: CopyTimes): TokenEnds {
  const lifeMs = token.notAfter === null ? token.ttlMs : within(token.notAfter - wall, token.ttlMs);
  // A webhook may have waited: in a proxy, in the socket of a process that stood still, for a slow store. The token's
  // minute ran meanwhile. A clock of ours that is ahead costs certainty here, and no answer.
  const sinceGrantedMs = token.grantedAt === null ? waitedMs : Math.max(waitedMs, wall - token.grantedAt);
  return { expiresAt: now + lifeMs, guaranteedUntil: now + within(token.ttlMs - sinceGrantedMs, lifeMs) };
}

function within(leftMs: number, mostMs: number): number {
  return Math.floor(Math.max(0, Math.min(mostMs, leftMs)));
}
