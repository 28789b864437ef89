import type { ClaimedTurn } from "../../../core/turn.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import {
  CONVERSATION_COLUMNS,
  type ConversationRow,
  EVENT_COLUMNS,
  type EventRow,
  toConversation,
  toTurnEvent,
} from "./rows.ts";

interface ReadyRow extends ConversationRow {
  seq: number;
  due_at: number;
  attempt: number;
  first_event_at: number;
}

export function prepareClaimTurn({ db, clock }: Context) {
  const selectReady = db.prepare<Key, ReadyRow>(`
    SELECT t.seq, t.due_at, t.attempt, t.first_event_at, ${CONVERSATION_COLUMNS}
    FROM turn AS t JOIN conversation AS c USING (slot, conversation_id)
    WHERE t.slot = $1 AND t.turn_id = $2 AND t.state = 'ready'`);
  const isBehind = db.prepare<[...Key, number], { behind: boolean }>(`
    SELECT EXISTS (SELECT 1 FROM turn WHERE slot = $1 AND conversation_id = $2 AND state = 'leased')
        OR EXISTS (SELECT 1 FROM turn
                   WHERE slot = $1 AND conversation_id = $2 AND state = 'ready' AND seq < $3) AS behind`);
  const selectEvents = db.prepare<Key, EventRow>(`
    SELECT ${EVENT_COLUMNS} FROM event AS e
    WHERE e.slot = $1 AND e.turn_id = $2 AND e.state = 'accepted' ORDER BY e.sent_at, e.seq`);
  const close = db.prepare<[...Key, number]>(
    "UPDATE turn SET state = 'empty', ended_at = $3 WHERE slot = $1 AND turn_id = $2 AND state = 'ready'",
  );
  const nextFence = db.prepare<Key, { fence: number }>(
    "UPDATE conversation SET fence = fence + 1 WHERE slot = $1 AND conversation_id = $2 RETURNING fence",
  );
  const lease = db.prepare<[...Key, string, number, number, number]>(`
    UPDATE turn SET state = 'leased', owner = $3, claimed_at = $4, first_claimed_at = coalesce(first_claimed_at, $4),
                    lease_expires_at = $5, fence = $6, attempt = attempt + 1
    WHERE slot = $1 AND turn_id = $2 AND state = 'ready'`);
  const lastToken = db.prepare<Key, { reply_by: number | null }>(`
    SELECT max(r.expires_at) AS reply_by
    FROM event AS e JOIN reply_token AS r ON r.slot = e.slot AND r.event_id = e.event_id
    WHERE e.slot = $1 AND e.turn_id = $2 AND r.state = 'unused'`);

  return async function claimTurn(claim: {
    turnId: string;
    owner: string;
    leaseMs: number;
  }): Promise<ClaimedTurn | "empty" | null> {
    const now = clock.now();
    const key = keyOf(claim.turnId);
    const row = await selectReady.get(...key);
    if (row === undefined || row.due_at > now) return null;
    if ((await isBehind.get(...keyOf(row.conversation_id), row.seq))?.behind) return null;
    const events = (await selectEvents.all(...key)).map(toTurnEvent);
    if (events.length === 0) {
      await close.run(...key, now);
      return "empty";
    }
    const fence = (await nextFence.get(...keyOf(row.conversation_id)))?.fence ?? 0;
    await lease.run(...key, claim.owner, now, now + claim.leaseMs, fence);
    return {
      turnId: claim.turnId,
      fence,
      attempt: row.attempt + 1,
      conversation: toConversation(row),
      events,
      replyBy: (await lastToken.get(...key))?.reply_by ?? null,
      firstEventAt: row.first_event_at,
      claimedAt: now,
    };
  };
}
