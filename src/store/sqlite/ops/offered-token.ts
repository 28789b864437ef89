import { type OfferedToken, type TokenEnds, tokenEnds } from "../../../core/offered-token.ts";
import type { Context } from "./context.ts";

interface NewToken {
  readonly eventId: string;
  readonly conversationId: string;
  readonly token: OfferedToken;
  /** The copy it came with is marked as sent again. */
  readonly redelivered: boolean;
  readonly now: number;
  /** How long the copy may have waited for us, in ms. */
  readonly waitedMs: number;
  /** How long before its end (ms) a delivery that waits for a free road may take it. */
  readonly rescueLeadMs: number;
}

/** The part of `ingest` that keeps the free answers which come with events. */
export function prepareOfferedToken({ db, clock }: Context) {
  const insert = db.prepare<[string, string, string | null, string, number, number, number, number]>(`
    INSERT INTO reply_token (event_id, conversation_id, turn_id, token, received_at, expires_at, lent_until, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, 'unused')
    ON CONFLICT DO UPDATE SET received_at = excluded.received_at, expires_at = excluded.expires_at,
                              lent_until = iif(? = 1, max(lent_until, excluded.lent_until), lent_until),
                              turn_id = excluded.turn_id
    WHERE state = 'unused'`);
  // The token of an event that heals is the token that was there: it must not become a second chance to spend it.
  const passOn = db.prepare<[string, string]>("UPDATE OR IGNORE reply_token SET event_id = ? WHERE event_id = ?");
  // Claimed is not spent: its delivery is still trying, and a redelivered copy gives it time for that. A copy that isn't
  // marked may be the network's, for which LINE grants nothing: the token is worth a try, and on it no doubt is settled.
  const refresh = db.prepare<[TokenEnds & { now: number; eventId: string; token: string; marked: number }]>(`
    UPDATE reply_token SET received_at = :now, expires_at = :expiresAt,
                           lent_until = iif(:marked = 1, max(lent_until, :lentUntil), lent_until)
    WHERE event_id = :eventId AND token = :token AND (state = 'unused' OR (state = 'claimed' AND :marked = 1))`);
  const letParkedTakeIt = db.prepare<[number, string]>(`
    UPDATE delivery SET due_at = ? WHERE conversation_id = ? AND state = 'parked' AND carrier_id IS NULL`);

  function ends({ token, now, waitedMs }: NewToken): TokenEnds {
    return tokenEnds(token, { now, wall: clock.wall(), waitedMs });
  }

  return {
    /** Whether a parked delivery waits for it. */
    keep(offered: NewToken, turnId: string | null): boolean {
      const { eventId, conversationId, token, redelivered, now, rescueLeadMs } = offered;
      const { expiresAt, lentUntil } = ends(offered);
      insert.run(eventId, conversationId, turnId, token.token, now, expiresAt, lentUntil, redelivered ? 1 : 0);
      return letParkedTakeIt.run(Math.floor(expiresAt - rescueLeadMs), conversationId).changes > 0;
    },

    inherit(eventId: string, lostEventIds: readonly string[]): void {
      for (const lostId of lostEventIds) passOn.run(eventId, lostId);
    },

    /** A copy grants new life to a token that nobody has used. */
    refresh(offered: NewToken): boolean {
      const { eventId, conversationId, token, redelivered, now, rescueLeadMs } = offered;
      const life = ends(offered);
      const { changes } = refresh.run({ now, ...life, eventId, token: token.token, marked: redelivered ? 1 : 0 });
      if (changes === 0) return false;
      letParkedTakeIt.run(Math.floor(life.expiresAt - rescueLeadMs), conversationId);
      return true;
    },
  };
}
