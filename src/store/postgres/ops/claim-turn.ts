import { assert } from "../../../core/errors.ts";
import type { ClaimedTurn } from "../../../core/turn.ts";
import type { ClaimTurn } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "./rows.ts";
import { prepareTurnEvents } from "./turn-events.ts";

interface ReadyRow extends ConversationRow {
  behind: boolean;
  seq: number;
  due_at: number;
  attempt: number;
  first_event_at: number;
  sealed_at: number;
}

export function prepareClaimTurn(context: Context) {
  const { db, clock } = context;
  const { eventsOf, besideOf } = prepareTurnEvents(context);
  const selectReady = db.prepare<Key, ReadyRow>(`
    SELECT t.seq, t.due_at, t.attempt, t.first_event_at, t.sealed_at, ${CONVERSATION_COLUMNS},
           EXISTS (SELECT 1 FROM turn AS busy
                   WHERE busy.slot = $1 AND busy.conversation_id = t.conversation_id AND busy.state = 'leased')
        OR EXISTS (SELECT 1 FROM turn AS first
                   WHERE first.slot = $1 AND first.conversation_id = t.conversation_id
                     AND first.state = 'ready' AND first.seq < t.seq) AS behind
    FROM turn AS t JOIN conversation AS c USING (slot, conversation_id)
    WHERE t.slot = $1 AND t.turn_id = $2 AND t.state = 'ready'`);
  const close = db.prepare<[...Key, number]>(
    "UPDATE turn SET state = 'empty', ended_at = $3 WHERE slot = $1 AND turn_id = $2 AND state = 'ready'",
  );
  const lease = db.prepare<[...Key, string, number, number], { fence: number }>(`
    WITH next AS (
      UPDATE conversation SET fence = fence + 1
      WHERE slot = $1 AND conversation_id = (SELECT conversation_id FROM turn WHERE slot = $1 AND turn_id = $2)
      RETURNING fence)
    UPDATE turn SET state = 'leased', owner = $3, claimed_at = $4, first_claimed_at = coalesce(first_claimed_at, $4),
                    lease_expires_at = $5, fence = next.fence, attempt = attempt + 1
    FROM next WHERE slot = $1 AND turn_id = $2 AND state = 'ready'
    RETURNING next.fence`);
  const lastToken = db.prepare<Key, { reply_by: number | null }>(`
    SELECT max(r.expires_at) AS reply_by
    FROM event AS e JOIN reply_token AS r ON r.slot = e.slot AND r.event_id = e.event_id
    WHERE e.slot = $1 AND e.turn_id = $2 AND r.state = 'unused'`);

  return async function claimTurn(claim: ClaimTurn): Promise<ClaimedTurn | "empty" | null> {
    const now = clock.now();
    const key = keyOf(claim.turnId);
    // Asked for together: one round trip.
    const [row, events, token] = await Promise.all([
      selectReady.get(...key),
      eventsOf(claim.turnId),
      lastToken.get(...key),
    ]);
    if (row === undefined || row.behind || row.due_at > now) return null;
    if (events.length === 0) {
      await close.run(...key, now);
      return "empty";
    }
    const leased = await lease.get(...key, claim.owner, now, now + claim.leaseMs);
    assert(leased !== undefined, `${claim.turnId} was ready, and could not be leased`);
    const { conversation_id: conversationId, first_event_at: firstEventAt, sealed_at: sealedAt } = row;
    const sealed = { seq: row.seq, conversationId, firstEventAt, sealedAt };
    return {
      turnId: claim.turnId,
      fence: leased.fence,
      attempt: row.attempt + 1,
      conversation: toConversation(row),
      events,
      context: claim.context === undefined ? [] : await besideOf(sealed, claim.context),
      replyBy: token?.reply_by ?? null,
      firstEventAt,
      claimedAt: now,
    };
  };
}
