import type { ClaimedTurn } from "../../../core/turn.ts";
import type { ClaimTurn } from "../../store.ts";
import type { Context } from "./context.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "./rows.ts";
import { prepareTurnEvents } from "./turn-events.ts";

interface ReadyRow extends ConversationRow {
  seq: number;
  due_at: number;
  attempt: number;
  first_event_at: number;
  sealed_at: number;
}

export function prepareClaimTurn(context: Context) {
  const { db, clock } = context;
  const { eventsOf, besideOf } = prepareTurnEvents(context);
  const selectReady = db.prepare<[string], ReadyRow>(`
    SELECT t.seq, t.due_at, t.attempt, t.first_event_at, t.sealed_at, ${CONVERSATION_COLUMNS}
    FROM turn AS t JOIN conversation AS c USING (conversation_id)
    WHERE t.turn_id = ? AND t.state = 'ready'`);
  const isBehind = db.prepare<[string, string, number], { behind: number }>(`
    SELECT EXISTS (SELECT 1 FROM turn WHERE conversation_id = ? AND state = 'leased')
        OR EXISTS (SELECT 1 FROM turn INDEXED BY turn_ready_in_order
                   WHERE conversation_id = ? AND state = 'ready' AND seq < ?) AS behind`);
  const close = db.prepare<[number, string]>("UPDATE turn SET state = 'empty', ended_at = ? WHERE turn_id = ?");
  const nextFence = db.prepare<[string], { fence: number }>(
    "UPDATE conversation SET fence = fence + 1 WHERE conversation_id = ? RETURNING fence",
  );
  const lease = db.prepare<[string, number, number, number, number, string]>(`
    UPDATE turn SET state = 'leased', owner = ?, claimed_at = ?, first_claimed_at = coalesce(first_claimed_at, ?),
                    lease_expires_at = ?, fence = ?, attempt = attempt + 1
    WHERE turn_id = ? AND state = 'ready'`);
  const lastToken = db.prepare<[string], { reply_by: number | null }>(`
    SELECT max(r.expires_at) AS reply_by FROM event AS e JOIN reply_token AS r ON r.event_id = e.event_id
    WHERE e.turn_id = ? AND r.state = 'unused'`);

  return function claimTurn(claim: ClaimTurn): ClaimedTurn | "empty" | null {
    const now = clock.now();
    const row = selectReady.get(claim.turnId);
    if (row === undefined || row.due_at > now) return null;
    if (isBehind.get(row.conversation_id, row.conversation_id, row.seq)?.behind === 1) return null;
    const events = eventsOf(claim.turnId);
    if (events.length === 0) {
      close.run(now, claim.turnId);
      return "empty";
    }
    const fence = nextFence.get(row.conversation_id)?.fence ?? 0;
    const { conversation_id: conversationId, first_event_at: firstEventAt, sealed_at: sealedAt } = row;
    const sealed = { seq: row.seq, conversationId, firstEventAt, sealedAt };
    lease.run(claim.owner, now, now, now + claim.leaseMs, fence, claim.turnId);
    return {
      turnId: claim.turnId,
      fence,
      attempt: row.attempt + 1,
      conversation: toConversation(row),
      events,
      context: claim.context === undefined ? [] : besideOf(sealed, claim.context),
      replyBy: lastToken.get(claim.turnId)?.reply_by ?? null,
      firstEventAt,
      claimedAt: now,
    };
  };
}
