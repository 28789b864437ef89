import { type GrantedReplyToken, type TokenEnds, tokenEnds } from "../../core/reply-token.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

/* The part of `ingest` that keeps the free answers which come with events. */

interface NewToken {
  readonly eventId: string;
  readonly conversationId: string;
  readonly token: GrantedReplyToken;
  /** The copy it came with is marked as sent again. */
  readonly redelivered: boolean;
  readonly now: number;
  /** How long the copy may have waited for us, in ms. */
  readonly waitedMs: number;
  /** How long before its end (ms) a delivery that waits for a free route may take it. */
  readonly tokenFallbackLeadMs: number;
}

interface TokenValues extends TokenEnds {
  readonly eventId: string;
  readonly token: string;
  readonly now: number;
  /** 1: the copy it came with is marked as sent again. */
  readonly marked: number;
}

const INSERT = statement<TokenValues & { conversationId: string; turnId: string | null }>(
  ({ greatest }) => `
  INSERT INTO reply_token AS r (event_id, conversation_id, turn_id, token, received_at, expires_at, guaranteed_until, state)
  VALUES (:eventId, :conversationId, :turnId, :token, :now, :expiresAt, :guaranteedUntil, 'unused')
  ON CONFLICT (event_id) DO UPDATE SET
    received_at = excluded.received_at, expires_at = excluded.expires_at,
    guaranteed_until = CASE WHEN CAST(:marked AS BIGINT) = 1 THEN ${greatest("r.guaranteed_until", "excluded.guaranteed_until")}
                      ELSE r.guaranteed_until END,
    turn_id = excluded.turn_id
  WHERE r.state = 'unused'`,
);

// The token of an event that heals is the token that was there: it must not become a second chance to spend it.
const PASS_ON = statement<{ eventId: string; lostId: string }>(`
  UPDATE reply_token SET event_id = :eventId WHERE event_id = :lostId
    AND NOT EXISTS (SELECT 1 FROM reply_token AS has WHERE has.event_id = :eventId)`);

// Claimed is not spent: its delivery is still trying, and a redelivered copy gives it time for that. A copy that isn't
// marked may be the network's, for which LINE grants nothing: the token is worth a try, and on it no doubt is settled.
const REFRESH = statement<TokenValues>(
  ({ greatest }) => `
  UPDATE reply_token SET received_at = :now, expires_at = :expiresAt,
                         guaranteed_until = CASE WHEN CAST(:marked AS BIGINT) = 1
                                           THEN ${greatest("guaranteed_until", ":guaranteedUntil")} ELSE guaranteed_until END
  WHERE event_id = :eventId AND token = :token
    AND (state = 'unused' OR (state = 'claimed' AND CAST(:marked AS BIGINT) = 1))`,
);

const SCHEDULE_PARKED = statement<{ conversationId: string; dueAt: number }>(`
  UPDATE delivery SET due_at = :dueAt
  WHERE conversation_id = :conversationId AND state = 'parked' AND bundled_into IS NULL`);

/** Whether a parked delivery waits for it. `hasParked`: the conversation has one. */
export async function keep(
  tx: Transaction,
  granted: NewToken,
  { turnId, hasParked }: { readonly turnId: string | null; readonly hasParked: boolean },
): Promise<boolean> {
  const { conversationId, tokenFallbackLeadMs } = granted;
  const values = toValues(tx, granted);
  await tx.run(INSERT, { ...values, conversationId, turnId });
  if (!hasParked) return false;
  const dueAt = Math.floor(values.expiresAt - tokenFallbackLeadMs);
  return (await tx.run(SCHEDULE_PARKED, { conversationId, dueAt })).changes > 0;
}

export async function inherit(tx: Transaction, eventId: string, lostEventIds: readonly string[]): Promise<void> {
  for (const lostId of lostEventIds) await tx.run(PASS_ON, { eventId, lostId });
}

/** A copy grants new life to a token that nobody has used. */
export async function refresh(tx: Transaction, copy: NewToken): Promise<boolean> {
  const { conversationId, tokenFallbackLeadMs } = copy;
  const values = toValues(tx, copy);
  if ((await tx.run(REFRESH, values)).changes === 0) return false;
  await tx.run(SCHEDULE_PARKED, { conversationId, dueAt: Math.floor(values.expiresAt - tokenFallbackLeadMs) });
  return true;
}

function toValues(tx: Transaction, { eventId, token, redelivered, now, waitedMs }: NewToken): TokenValues {
  const { expiresAt, guaranteedUntil } = tokenEnds(token, { now, wall: tx.wall(), waitedMs });
  return { eventId, token: token.token, now, expiresAt, guaranteedUntil, marked: redelivered ? 1 : 0 };
}
