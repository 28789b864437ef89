import { accountKeyOf } from "../../core/conversation.ts";
import { assert } from "../../core/errors.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { runTogether } from "../run-together.ts";
import { statement } from "../statement.ts";
import type { ClaimTurn } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { eventsOf, hasMessagesOutsideTurns, messagesOutsideTurns } from "./parts/turn-events.ts";
import { isBehind } from "./ready-turns.ts";

interface ClaimableRow extends ConversationRow {
  is_behind: number;
  seq: number;
  due_at: number;
  attempt: number;
  failures: number;
  first_event_at: number;
  sealed_at: number;
  /** When its last reply token expires. */
  reply_by: number | null;
  has_outside_turns: number;
}

/** States from which a turn is claimed: a collecting one is sealed by the same write. */
type Claimable = "collecting" | "ready";

const SELECT_CLAIMABLE = statement<{ turnId: string; from: Claimable; now: number }, ClaimableRow>(
  (dialect) => `
  SELECT t.seq, t.due_at, t.attempt, t.failures, t.first_event_at, coalesce(t.sealed_at, :now) AS sealed_at, ${CONVERSATION_COLUMNS},
         ${isBehind(dialect)} AS is_behind,
         (SELECT max(r.expires_at) FROM event AS e JOIN reply_token AS r ON r.event_id = e.event_id
          WHERE e.turn_id = t.turn_id AND r.state = 'unused') AS reply_by,
         ${hasMessagesOutsideTurns("t.conversation_id", "<= coalesce(t.sealed_at, :now)", dialect)} AS has_outside_turns
  FROM turn AS t JOIN conversation AS c USING (conversation_id)
  WHERE t.turn_id = :turnId AND t.state = :from`,
);

const CLOSE = statement<{ turnId: string; from: Claimable; now: number }>(
  "UPDATE turn SET state = 'empty', ended_at = :now WHERE turn_id = :turnId AND state = :from",
);

const NEXT_FENCE = statement<{ conversationId: string }, { fence: number }>(
  "UPDATE conversation SET fence = fence + 1 WHERE conversation_id = :conversationId RETURNING fence",
);

interface Lease {
  turnId: string;
  from: Claimable;
  owner: string;
  now: number;
  expiresAt: number;
  fence: number;
}

const LEASE = statement<Lease>(`
  UPDATE turn SET state = 'leased', owner = :owner, claimed_at = :now, first_claimed_at = coalesce(first_claimed_at, :now),
                  lease_expires_at = :expiresAt, fence = :fence, attempt = attempt + 1,
                  sealed_at = coalesce(sealed_at, :now)
  WHERE turn_id = :turnId AND state = :from`);

/** `from`: `collecting` when the caller has found that it is due. */
export async function claimTurn(
  tx: Transaction,
  claim: ClaimTurn,
  from: Claimable = "ready",
): Promise<ClaimedTurn | "empty" | null> {
  const now = tx.now();
  const { turnId, owner } = claim;
  const [row, events] = await runTogether([tx.get(SELECT_CLAIMABLE, { turnId, from, now }), eventsOf(tx, turnId)]);
  if (row === undefined || row.is_behind === 1 || (from === "ready" && row.due_at > now)) return null;
  if (!mayClaim(claim, row)) return null;
  if (events.length === 0) {
    await tx.run(CLOSE, { turnId, from, now });
    return "empty";
  }
  const { conversation_id: conversationId, first_event_at: firstEventAt, sealed_at: sealedAt } = row;
  const fence = await nextFence(tx, conversationId);
  const leased = await tx.run(LEASE, { turnId, from, owner, now, expiresAt: now + claim.leaseMs, fence });
  assert(leased.changes === 1, `${turnId} was ${from}, and could not be leased`);
  const isAlone = claim.context === undefined || row.has_outside_turns === 0;
  const sealed = { seq: row.seq, kind: row.kind, conversationId, firstEventAt, sealedAt };
  return {
    turnId,
    fence,
    attempt: row.attempt + 1,
    failures: row.failures,
    conversation: toConversation(row),
    events,
    context: isAlone ? [] : await messagesOutsideTurns(tx, sealed, claim.context),
    replyBy: row.reply_by,
    aheadMs: now - tx.wall(),
    firstEventAt,
    claimedAt: now,
  };
}

/** Whether the claim is for turns of that account. */
export function mayClaim(
  { accountKeys }: Pick<ClaimTurn, "accountKeys">,
  of: { readonly channel: string; readonly account: string },
): boolean {
  return accountKeys === undefined || accountKeys.includes(accountKeyOf(of));
}

async function nextFence(tx: Transaction, conversationId: string): Promise<number> {
  const fence = (await tx.get(NEXT_FENCE, { conversationId }))?.fence;
  assert(fence !== undefined, `${conversationId} has no row`);
  return fence;
}
