import { type OfferedToken, type TokenEnds, tokenEnds } from "../../../core/offered-token.ts";
import { type Key, keyOf } from "../slot.ts";
import type { StoreClock } from "../store-clock.ts";
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

/** The ends of a token whose copy is stored now. */
export function endsOf(token: OfferedToken, clock: StoreClock, waitedMs: number): TokenEnds {
  return tokenEnds(token, { now: clock.now(), wall: clock.wall(), waitedMs });
}

/** The part of `ingest` that keeps the free answers which come with events. */
export function prepareOfferedToken({ db, clock }: Context) {
  const insert = db.prepare<[...Key, string, string | null, string, number, number, number, number]>(`
    INSERT INTO reply_token AS r (slot, event_id, conversation_id, turn_id, token, received_at, expires_at, lent_until,
                                  state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'unused')
    ON CONFLICT (event_id, slot) DO UPDATE SET
      received_at = excluded.received_at, expires_at = excluded.expires_at,
      lent_until = CASE WHEN $9::smallint = 1 THEN greatest(r.lent_until, excluded.lent_until) ELSE r.lent_until END,
      turn_id = excluded.turn_id
    WHERE r.state = 'unused'`);
  // The token of an event that heals is the token that was there: it must not become a second chance to spend it.
  const passOn = db.prepare<[...Key, string]>(`
    UPDATE reply_token SET event_id = $2 WHERE slot = $1 AND event_id = $3
      AND NOT EXISTS (SELECT 1 FROM reply_token AS has WHERE has.slot = $1 AND has.event_id = $2)`);
  // Claimed is not spent: its delivery is still trying, and a redelivered copy gives it time for that. A copy that isn't
  // marked may be the network's, for which LINE grants nothing: on it no doubt may be settled.
  const refresh = db.prepare<[...Key, number, number, string, number, number]>(`
    UPDATE reply_token SET received_at = $3, expires_at = $4,
                           lent_until = CASE WHEN $6::smallint = 1 THEN greatest(lent_until, $7) ELSE lent_until END
    WHERE slot = $1 AND event_id = $2 AND token = $5
      AND (state = 'unused' OR (state = 'claimed' AND $6::smallint = 1))`);
  const letParkedTakeIt = db.prepare<[...Key, number]>(`
    UPDATE delivery SET due_at = $3
    WHERE slot = $1 AND conversation_id = $2 AND state = 'parked' AND carrier_id IS NULL`);

  return {
    /** Whether a parked delivery waits for it. */
    async keep(offered: NewToken, turnId: string | null): Promise<boolean> {
      const { eventId, conversationId, token, redelivered, now, waitedMs, rescueLeadMs } = offered;
      const { expiresAt, lentUntil } = endsOf(token, clock, waitedMs);
      const marked = redelivered ? 1 : 0;
      await insert.run(...keyOf(eventId), conversationId, turnId, token.token, now, expiresAt, lentUntil, marked);
      return (await letParkedTakeIt.run(...keyOf(conversationId), Math.floor(expiresAt - rescueLeadMs))).changes > 0;
    },

    async inherit(eventId: string, lostEventIds: readonly string[]): Promise<void> {
      for (const lostId of lostEventIds) await passOn.run(...keyOf(eventId), lostId);
    },

    /** A copy grants new life to a token that nobody has used. */
    async refresh(copy: NewToken): Promise<boolean> {
      const { eventId, conversationId, token, redelivered, now, waitedMs, rescueLeadMs } = copy;
      const { expiresAt, lentUntil } = endsOf(token, clock, waitedMs);
      const marked = redelivered ? 1 : 0;
      const { changes } = await refresh.run(...keyOf(eventId), now, expiresAt, token.token, marked, lentUntil);
      if (changes === 0) return false;
      await letParkedTakeIt.run(...keyOf(conversationId), Math.floor(expiresAt - rescueLeadMs));
      return true;
    },
  };
}
