import { dueAt, waitMs } from "../../core/batch.ts";
import { assert } from "../../core/errors.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { statement } from "../statement.ts";
import type { LeaseTerms, SealedTurn } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { claimTurn } from "./claim-turn.ts";
import { hasIncompleteSet } from "./parts/event-set.ts";

interface CollectingRow {
  conversation_id: string;
  first_event_at: number;
  quiet_ms: number;
  max_wait_ms: number;
  max_events: number;
  event_count: number;
  accepted_count: number;
  last_event_at: number;
  is_incomplete: number;
}

const SELECT = statement<{ turnId: string }, CollectingRow>(
  (dialect) => `
  SELECT t.conversation_id, t.first_event_at, t.quiet_ms, t.max_wait_ms, t.max_events, count(e.seq) AS event_count,
         count(e.seq) FILTER (WHERE e.state = 'accepted') AS accepted_count,
         coalesce(max(e.received_at), t.first_event_at) AS last_event_at,
         ${hasIncompleteSet("t.turn_id", dialect)} AS is_incomplete
  FROM turn AS t LEFT JOIN event AS e ON e.turn_id = t.turn_id
  WHERE t.turn_id = :turnId AND t.state = 'collecting' GROUP BY t.turn_id`,
);

const SEAL = statement<{ turnId: string; now: number }>(
  "UPDATE turn SET state = 'ready', sealed_at = :now, due_at = :now WHERE turn_id = :turnId AND state = 'collecting'",
);

const CLOSE = statement<{ turnId: string; now: number }>(
  "UPDATE turn SET state = 'empty', ended_at = :now WHERE turn_id = :turnId AND state = 'collecting'",
);

const POSTPONE = statement<{ turnId: string; due: number }>(
  "UPDATE turn SET due_at = :due WHERE turn_id = :turnId AND state = 'collecting'",
);

export async function sealTurn(tx: Transaction, turnId: string, claim?: LeaseTerms): Promise<SealedTurn> {
  const now = tx.now();
  const row = await tx.get(SELECT, { turnId });
  if (row === undefined) return { kind: "gone" };
  if (row.accepted_count === 0) {
    await tx.run(CLOSE, { turnId, now });
    return { kind: "empty" };
  }
  const due = dueOf(row);
  const inMs = waitMs(due, now, row.max_wait_ms);
  if (inMs > 0) {
    await tx.run(POSTPONE, { turnId, due });
    return { kind: "later", inMs };
  }
  const claimed = await seal(tx, turnId, now, claim);
  return { kind: "ready", conversationId: row.conversation_id, claimed };
}

function dueOf(row: CollectingRow): number {
  const turn = { firstEventAt: row.first_event_at, lastEventAt: row.last_event_at, eventCount: row.event_count };
  const policy = { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };
  return dueAt({ ...turn, immediate: false, isIncomplete: row.is_incomplete === 1 }, policy);
}

/** Seals a collecting turn that has events, and claims it in the same write if it may be claimed now. */
export async function seal(
  tx: Transaction,
  turnId: string,
  now: number,
  claim: LeaseTerms | undefined,
): Promise<ClaimedTurn | null> {
  const claimed = claim === undefined ? null : await claimTurn(tx, { turnId, ...claim }, "collecting");
  assert(claimed !== "empty", `${turnId} is sealed without events`);
  if (claimed === null) await tx.run(SEAL, { turnId, now });
  return claimed;
}
