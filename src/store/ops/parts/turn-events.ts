import type { ConversationKind } from "../../../core/conversation.ts";
import type { TurnEvent } from "../../../core/event.ts";
import { inOrder } from "../../../core/set-order.ts";
import type { ContextPolicy } from "../../context-policy.ts";
import type { Dialect } from "../../dialect.ts";
import { EVENT_COLUMNS, type EventRow, toTurnEvent } from "../../rows.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

/* Part of `claimTurn`, `findTurn` and `readTurn`: reads a turn's events, and its context. */

interface SealedTurn {
  readonly kind: ConversationKind;
  readonly seq: number;
  readonly conversationId: string;
  readonly firstEventAt: number;
  readonly sealedAt: number;
}

/** SQL: a message or a tap without a turn, or a human agent's message. The condition of the index `event_outside_turns`. */
export function isOutsideTurns(event: string): string {
  return `${event}.turn_id IS NULL AND ${isSaid(event)}`;
}

/** SQL: any other event without a turn. The condition of the index `event_other_outside_turns`. */
export function isOtherOutsideTurns(event: string): string {
  return `${event}.turn_id IS NULL AND NOT (${isSaid(event)})`;
}

function isSaid(event: string): string {
  const types = ["message", "postback", "echo"].map((type) => `${event}.type = '${type}'`).join(" OR ");
  return `${event}.state = 'stored' AND (${types})`;
}

/** SQL: no agent has had the turn, and none has it now. */
export function isUntouched(turn: string): string {
  return `${turn}.state IN ('collecting', 'ready') AND ${turn}.attempt = 0`;
}

interface Window {
  conversationId: string;
  after: number;
  until: number;
  limit: number;
}

interface TurnEventRow extends EventRow {
  set_id: string | null;
  set_index: number | null;
}

const SELECT_EVENTS = statement<{ turnId: string }, TurnEventRow>(`
  SELECT ${EVENT_COLUMNS}, e.set_id, e.set_index FROM event AS e WHERE e.turn_id = :turnId AND e.state = 'accepted' ORDER BY e.sent_at, e.seq`);

/** `:after` < received ≤ `:until`, newest first. */
const SELECT_OUTSIDE_TURNS = statement<Window, EventRow>(
  ({ indexedBy }) => `
  SELECT ${EVENT_COLUMNS} FROM event AS e ${indexedBy("event_outside_turns")}
  WHERE e.conversation_id = :conversationId AND ${isOutsideTurns("e")}
    AND e.content_deleted = 0
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
    WHERE b.conversation_id = ${conversationId} AND ${isOutsideTurns("b")}
      AND b.received_at ${received})`;
}

export async function eventsOf(tx: Transaction, turnId: string): Promise<TurnEvent[]> {
  const rows = await tx.all(SELECT_EVENTS, { turnId });
  const placed = rows.map((row) => ({ row, sentAt: row.sent_at, setId: row.set_id, setIndex: row.set_index }));
  return inOrder(placed).map(({ row }) => toTurnEvent(row));
}

/**
 * Messages that came after that (epoch ms) may be context of a turn that began at `firstEventAt`. With one person all that was
 * said since the last turn: a handover may have taken long.
 */
export function oldestContext(kind: ConversationKind, firstEventAt: number, { maxAgeMs }: ContextPolicy): number {
  return kind === "user" ? 0 : firstEventAt - maxAgeMs - 1;
}

/** The context: messages from the sealing of the turn before to its own, so that each attempt gets the same. */
export async function messagesOutsideTurns(
  tx: Transaction,
  turn: SealedTurn,
  policy: ContextPolicy,
): Promise<TurnEvent[]> {
  const { conversationId, seq, kind, firstEventAt, sealedAt } = turn;
  if (policy.maxEvents === 0) return [];
  const after = oldestContext(kind, firstEventAt, policy);
  const window = { conversationId, after, until: sealedAt, limit: policy.maxEvents };
  const newest = (await tx.all(SELECT_OUTSIDE_TURNS, window)).reverse();
  if (newest.length === 0) return [];
  const before = (await tx.get(SELECT_BEFORE, { conversationId, seq }))?.sealed_at ?? 0;
  return newest
    .filter((row) => row.received_at > before)
    .map(toTurnEvent)
    .toSorted((a, b) => a.sentAt - b.sentAt);
}
