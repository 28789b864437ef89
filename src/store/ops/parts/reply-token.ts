import { type GrantedReplyToken, type TokenEnds, tokenEnds } from "../../../core/reply-token.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { setParkedDue } from "./bundle.ts";

/* Part of `ingest`: stores reply tokens. */

interface NewToken {
  readonly eventId: string;
  readonly conversationId: string;
  readonly token: GrantedReplyToken;
  /** The copy it came with is marked as sent again. */
  readonly redelivered: boolean;
  readonly now: number;
  /** How long the webhook may have waited, in ms. */
  readonly waitedMs: number;
  /** Lead time (ms) before its expiry from which a parked delivery may use it. */
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

// A recovered event keeps the lost event's token with its state, so that the token can't be used twice.
const PASS_ON = statement<{ eventId: string; lostId: string }>(`
  UPDATE reply_token SET event_id = :eventId WHERE event_id = :lostId
    AND NOT EXISTS (SELECT 1 FROM reply_token AS has WHERE has.event_id = :eventId)`);

// A redelivery also prolongs a claimed token, whose delivery is still trying. A copy that isn't marked as redelivered may be
// a network duplicate, which prolongs nothing at LINE: the token may be tried, but an invalid token then proves nothing.
const REFRESH = statement<TokenValues>(
  ({ greatest }) => `
  UPDATE reply_token SET received_at = :now, expires_at = :expiresAt,
                         guaranteed_until = CASE WHEN CAST(:marked AS BIGINT) = 1
                                           THEN ${greatest("guaranteed_until", ":guaranteedUntil")} ELSE guaranteed_until END
  WHERE event_id = :eventId AND token = :token
    AND (state = 'unused' OR (state = 'claimed' AND CAST(:marked AS BIGINT) = 1))`,
);

/** `isWaitedFor`: a parked delivery waits for it. `hasParked`: the conversation has one. */
export async function storeToken(
  tx: Transaction,
  granted: NewToken,
  { turnId, hasParked }: { readonly turnId: string | null; readonly hasParked: boolean },
): Promise<{ readonly expiresAt: number; readonly isWaitedFor: boolean }> {
  const { conversationId, tokenFallbackLeadMs } = granted;
  const values = toValues(tx, granted);
  const { expiresAt } = values;
  await tx.run(INSERT, { ...values, conversationId, turnId });
  const isWaitedFor =
    hasParked && (await setParkedDue(tx, conversationId, Math.floor(expiresAt - tokenFallbackLeadMs)));
  return { expiresAt, isWaitedFor };
}

export async function inheritTokens(tx: Transaction, eventId: string, lostEventIds: readonly string[]): Promise<void> {
  for (const lostId of lostEventIds) await tx.run(PASS_ON, { eventId, lostId });
}

/** A redelivery prolongs an unused token. */
export async function refreshToken(tx: Transaction, copy: NewToken): Promise<boolean> {
  const { conversationId, tokenFallbackLeadMs } = copy;
  const values = toValues(tx, copy);
  if ((await tx.run(REFRESH, values)).changes === 0) return false;
  await setParkedDue(tx, conversationId, Math.floor(values.expiresAt - tokenFallbackLeadMs));
  return true;
}

function toValues(tx: Transaction, { eventId, token, redelivered, now, waitedMs }: NewToken): TokenValues {
  const { expiresAt, guaranteedUntil } = tokenEnds(token, {
    now,
    wall: tx.wall(),
    doubtedMs: tx.doubtedMs(),
    waitedMs,
  });
  return { eventId, token: token.token, now, expiresAt, guaranteedUntil, marked: redelivered ? 1 : 0 };
}
