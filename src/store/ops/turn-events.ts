import type { TurnEvent } from "../../core/event.ts";
import type { Dialect } from "../dialect.ts";
import { EVENT_COLUMNS, type EventRow, toTurnEvent } from "../rows.ts";
import { statement } from "../statement.ts";
import type { ContextPolicy } from "../store.ts";
import type { Transaction } from "../transaction.ts";

/* Part of `claimTurn` and `findTurn`: reads a turn's events, and its context. */

interface SealedTurn {
  readonly seq: number;
  readonly conversationId: string;
  readonly firstEventAt: number;
  readonly sealedAt: number;
}

interface Window {
  conversationId: string;
  after: number;
  until: number;
  limit: number;
}

const SELECT_EVENTS = statement<{ turnId: string }, EventRow>(`
  SELECT ${EVENT_COLUMNS} FROM event AS e WHERE e.turn_id = :turnId AND e.state = 'accepted' ORDER BY e.sent_at, e.seq`);

/** Messages without a turn, `:after` < received ≤ `:until`, newest first. */
const SELECT_OUTSIDE_TURNS = statement<Window, EventRow>(
  ({ indexedBy }) => `
  SELECT ${EVENT_COLUMNS} FROM event AS e ${indexedBy("event_outside_turns")}
  WHERE e.conversation_id = :conversationId AND e.turn_id IS NULL AND e.state = 'stored' AND e.type = 'message'
    AND e.bodies_deleted = 0
    AND e.received_at > :after AND e.received_at <= :until
  ORDER BY e.received_at DESC, e.seq DESC LIMIT :limit`,
);

const SELECT_BEFORE = statement<{ conversationId: string; seq: number }, { sealed_at: number | null }>(`
  SELECT sealed_at FROM turn
  WHERE conversation_id = :conversationId AND seq < :seq AND state NOT IN ('empty', 'skipped')
  ORDER BY seq DESC LIMIT 1`);

/** SQL: the conversation has a message without a turn whose time of receipt is so, as in `<= :now`. */
export function hasMessagesOutsideTurns(conversationId: string, received: string, { indexedBy }: Dialect): string {
  return `EXISTS (
    SELECT 1 FROM event AS b ${indexedBy("event_outside_turns")}
    WHERE b.conversation_id = ${conversationId} AND b.turn_id IS NULL AND b.state = 'stored' AND b.type = 'message'
      AND b.received_at ${received})`;
}

export async function eventsOf(tx: Transaction, turnId: string): Promise<TurnEvent[]> {
  return (await tx.all(SELECT_EVENTS, { turnId })).map(toTurnEvent);
}

/** The context: messages from the sealing of the turn before to its own, so that each attempt gets the same. */
export async function messagesOutsideTurns(
  tx: Transaction,
  turn: SealedTurn,
  { maxEvents, maxAgeMs }: ContextPolicy,
): Promise<TurnEvent[]> {
  const { conversationId, seq, firstEventAt, sealedAt } = turn;
  if (maxEvents === 0) return [];
  const window = { conversationId, after: firstEventAt - maxAgeMs - 1, until: sealedAt, limit: maxEvents };
  const newest = (await tx.all(SELECT_OUTSIDE_TURNS, window)).reverse();
  if (newest.length === 0) return [];
  const before = (await tx.get(SELECT_BEFORE, { conversationId, seq }))?.sealed_at ?? 0;
  return newest
    .filter((row) => row.received_at > before)
    .map(toTurnEvent)
    .toSorted((a, b) => a.sentAt - b.sentAt);
}
