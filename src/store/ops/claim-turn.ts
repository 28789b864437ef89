import { assert } from "../../core/errors.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import {
  CONVERSATION_COLUMNS,
  type ConversationRow,
  EVENT_COLUMNS,
  type EventRow,
  toConversation,
  toTurnEvent,
} from "../rows.ts";
import { statement } from "../statement.ts";
import type { ClaimTurn, LeaseTerms } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { isBehind } from "./ready-turns.ts";
import { hasMessagesOutsideTurns, messagesOutsideTurns } from "./turn-events.ts";

interface ReadyRow extends ConversationRow {
  is_behind: number;
  seq: number;
  due_at: number;
  attempt: number;
  first_event_at: number;
  sealed_at: number;
  /** When its last reply token expires. */
  reply_by: number | null;
  has_outside_turns: number;
}

type WithEvent = ReadyRow & EventRow;

/** A row per event, in order; one with a NULL event when it has none left. */
const SELECT_READY = statement<{ turnId: string }, WithEvent | (ReadyRow & { event_id: null })>(
  (dialect) => `
  WITH ready AS MATERIALIZED (
    SELECT t.turn_id, t.seq, t.due_at, t.attempt, t.first_event_at, t.sealed_at, ${CONVERSATION_COLUMNS},
           ${isBehind(dialect)} AS is_behind,
           (SELECT max(r.expires_at) FROM event AS e JOIN reply_token AS r ON r.event_id = e.event_id
            WHERE e.turn_id = t.turn_id AND r.state = 'unused') AS reply_by,
           ${hasMessagesOutsideTurns("t", dialect)} AS has_outside_turns
    FROM turn AS t JOIN conversation AS c USING (conversation_id)
    WHERE t.turn_id = :turnId AND t.state = 'ready')
  SELECT ready.*, ${EVENT_COLUMNS}
  FROM ready LEFT JOIN event AS e ON e.turn_id = ready.turn_id AND e.state = 'accepted' ORDER BY e.sent_at, e.seq`,
);

const CLOSE = statement<{ turnId: string; now: number }>(
  "UPDATE turn SET state = 'empty', ended_at = :now WHERE turn_id = :turnId AND state = 'ready'",
);

const NEXT_FENCE = statement<{ conversationId: string }, { fence: number }>(
  "UPDATE conversation SET fence = fence + 1 WHERE conversation_id = :conversationId RETURNING fence",
);

const LEASE = statement<{ turnId: string; owner: string; now: number; expiresAt: number; fence: number }>(`
  UPDATE turn SET state = 'leased', owner = :owner, claimed_at = :now, first_claimed_at = coalesce(first_claimed_at, :now),
                  lease_expires_at = :expiresAt, fence = :fence, attempt = attempt + 1
  WHERE turn_id = :turnId AND state = 'ready'`);

export async function claimTurn(tx: Transaction, claim: ClaimTurn): Promise<ClaimedTurn | "empty" | null> {
  const now = tx.now();
  const { turnId, owner } = claim;
  const rows = await tx.all(SELECT_READY, { turnId });
  const [row] = rows;
  if (row === undefined || row.is_behind === 1 || row.due_at > now) return null;
  if (claim.accounts?.includes(`${row.channel}/${row.account}`) === false) return null;
  const events = rows.filter((one): one is WithEvent => one.event_id !== null).map(toTurnEvent);
  if (events.length === 0) {
    await tx.run(CLOSE, { turnId, now });
    return "empty";
  }
  const { conversation_id: conversationId, first_event_at: firstEventAt, sealed_at: sealedAt } = row;
  const fence = (await tx.get(NEXT_FENCE, { conversationId }))?.fence;
  assert(fence !== undefined, `${conversationId} has no row`);
  const leased = await tx.run(LEASE, { turnId, owner, now, expiresAt: now + claim.leaseMs, fence });
  assert(leased.changes === 1, `${turnId} was ready, and could not be leased`);
  const isAlone = claim.context === undefined || row.has_outside_turns === 0;
  const sealed = { seq: row.seq, conversationId, firstEventAt, sealedAt };
  return {
    turnId,
    fence,
    attempt: row.attempt + 1,
    conversation: toConversation(row),
    events,
    context: isAlone ? [] : await messagesOutsideTurns(tx, sealed, claim.context),
    replyBy: row.reply_by,
    firstEventAt,
    claimedAt: now,
  };
}

/** For an operation that has just made the turn ready. It has events, so it is never empty. */
export async function claimReady(tx: Transaction, turnId: string, terms: LeaseTerms): Promise<ClaimedTurn | null> {
  const claimed = await claimTurn(tx, { turnId, ...terms });
  assert(claimed !== "empty", `${turnId} was made ready without events`);
  return claimed;
}
