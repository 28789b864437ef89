/** Rows of what is in `operator-details.ts`, and their mapping. */
import type { ReplyTokenState } from "../../../core/reply-token.ts";
import type { SlowReplyState } from "../../../core/slow-reply.ts";
import type { PeerId, TranscriptReplyToken, TranscriptSlowReply } from "../../operator-details.ts";

/** Of a left join: an event without a token has none of them. */
export interface ReplyTokenRow {
  token_state: ReplyTokenState | null;
  token_received_at: number | null;
  token_expires_at: number | null;
  token_guaranteed_until: number | null;
  token_delivery_id: string | null;
}

/** Without the token. */
export const REPLY_TOKEN_COLUMNS = `k.state AS token_state, k.received_at AS token_received_at,
         k.expires_at AS token_expires_at, k.guaranteed_until AS token_guaranteed_until,
         k.delivery_id AS token_delivery_id`;

export function toReplyToken(row: ReplyTokenRow): TranscriptReplyToken | null {
  const { token_state: state, token_received_at: receivedAt, token_expires_at: expiresAt } = row;
  const { token_guaranteed_until: guaranteedUntil, token_delivery_id: deliveryId } = row;
  if (state === null || receivedAt === null || expiresAt === null || guaranteedUntil === null) return null;
  return { receivedAt, expiresAt, guaranteedUntil, state, deliveryId };
}

export interface SlowReplyRow {
  turn_id: string;
  state: SlowReplyState;
  prompted_at: number;
  expires_at: number;
  ready_at: number | null;
  push_after_ms: number | null;
}

/** Without the callback token: whoever knows it could tap. */
export const SLOW_REPLY_COLUMNS = "s.turn_id, s.state, s.prompted_at, s.expires_at, s.ready_at, s.push_after_ms";

export function toSlowReply(row: SlowReplyRow): TranscriptSlowReply {
  const { state, prompted_at: promptedAt, expires_at: expiresAt, ready_at: readyAt, push_after_ms: pushAfterMs } = row;
  return { state, promptedAt, expiresAt, readyAt, pushAfterMs };
}

export interface PeerIdRow {
  id: string;
  is_reassignable: number;
  address_since: number | null;
}

export function toPeerId(row: PeerIdRow): PeerId {
  return { id: row.id, isReassignable: row.is_reassignable === 1, addressSince: row.address_since };
}
