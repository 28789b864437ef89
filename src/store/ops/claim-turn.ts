import { assert } from "../../core/errors.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { ClaimTurn } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { besideOf, eventsOf } from "./turn-events.ts";

interface ReadyRow extends ConversationRow {
  is_behind: number;
  seq: number;
  due_at: number;
  attempt: number;
  first_event_at: number;
  sealed_at: number;
}

const SELECT_READY = statement<{ turnId: string }, ReadyRow>(
  ({ indexedBy }) => `
  SELECT t.seq, t.due_at, t.attempt, t.first_event_at, t.sealed_at, ${CONVERSATION_COLUMNS},
         EXISTS (SELECT 1 FROM turn AS busy WHERE busy.conversation_id = t.conversation_id AND busy.state = 'leased')
      OR EXISTS (SELECT 1 FROM turn AS first ${indexedBy("turn_ready_in_order")}
                 WHERE first.conversation_id = t.conversation_id AND first.state = 'ready' AND first.seq < t.seq) AS is_behind
  FROM turn AS t JOIN conversation AS c USING (conversation_id)
  WHERE t.turn_id = :turnId AND t.state = 'ready'`,
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

const LAST_TOKEN = statement<{ turnId: string }, { reply_by: number | null }>(`
  SELECT max(r.expires_at) AS reply_by FROM event AS e JOIN reply_token AS r ON r.event_id = e.event_id
  WHERE e.turn_id = :turnId AND r.state = 'unused'`);

export async function claimTurn(tx: Transaction, claim: ClaimTurn): Promise<ClaimedTurn | "empty" | null> {
  const now = tx.now();
  const { turnId, owner } = claim;
  // Asked for together: one round trip.
  const [row, events, token] = await Promise.all([
    tx.get(SELECT_READY, { turnId }),
    eventsOf(tx, turnId),
    tx.get(LAST_TOKEN, { turnId }),
  ]);
  if (row === undefined || row.is_behind === 1 || row.due_at > now) return null;
  if (events.length === 0) {
    await tx.run(CLOSE, { turnId, now });
    return "empty";
  }
  const { conversation_id: conversationId, first_event_at: firstEventAt, sealed_at: sealedAt } = row;
  const fence = (await tx.get(NEXT_FENCE, { conversationId }))?.fence;
  assert(fence !== undefined, `${conversationId} has no row`);
  const leased = await tx.run(LEASE, { turnId, owner, now, expiresAt: now + claim.leaseMs, fence });
  assert(leased.changes === 1, `${turnId} was ready, and could not be leased`);
  const sealed = { seq: row.seq, conversationId, firstEventAt, sealedAt };
  return {
    turnId,
    fence,
    attempt: row.attempt + 1,
    conversation: toConversation(row),
    events,
    context: claim.context === undefined ? [] : await besideOf(tx, sealed, claim.context),
    replyBy: token?.reply_by ?? null,
    firstEventAt,
    claimedAt: now,
  };
}
