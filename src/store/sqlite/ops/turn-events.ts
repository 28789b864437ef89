import type { TurnEvent } from "../../../core/event.ts";
import type { ContextPolicy } from "../../store.ts";
import type { Context } from "./context.ts";
import { EVENT_COLUMNS, type EventRow, toTurnEvent } from "./rows.ts";

/** What was said beside the turns, in the window `:after` < received ≤ `:until`, newest first. */
const BESIDE = `
  SELECT ${EVENT_COLUMNS} FROM event AS e INDEXED BY event_beside_turns
  WHERE e.conversation_id = :conversationId AND e.turn_id IS NULL AND e.state = 'stored' AND e.type = 'message'
    AND e.received_at > :after AND e.received_at <= :until
  ORDER BY e.received_at DESC, e.seq DESC LIMIT :limit`;

interface Window {
  conversationId: string;
  after: number;
  until: number;
  limit: number;
}

interface SealedTurn {
  readonly seq: number;
  readonly conversationId: string;
  readonly firstEventAt: number;
  readonly sealedAt: number;
}

/** The part of `claimTurn` and `findTurn` that reads what a turn holds, and what was said beside it. */
export function prepareTurnEvents({ db }: Context) {
  const selectEvents = db.prepare<[string], EventRow>(`
    SELECT ${EVENT_COLUMNS} FROM event AS e WHERE e.turn_id = ? AND e.state = 'accepted' ORDER BY e.sent_at, e.seq`);
  const selectBeside = db.prepare<[Window], EventRow>(BESIDE);
  const selectBefore = db.prepare<[string, number], { sealed_at: number | null }>(`
    SELECT sealed_at FROM turn WHERE conversation_id = ? AND seq < ? AND state NOT IN ('empty', 'skipped')
    ORDER BY seq DESC LIMIT 1`);

  return {
    eventsOf: (turnId: string): TurnEvent[] => selectEvents.all(turnId).map(toTurnEvent),
    /** From the sealing of the turn before to its own: sealed means frozen, so each attempt gets the same. */
    besideOf(turn: SealedTurn, { maxEvents, maxAgeMs }: ContextPolicy): TurnEvent[] {
      const { conversationId, seq, firstEventAt, sealedAt } = turn;
      if (maxEvents === 0) return [];
      const window = { conversationId, after: firstEventAt - maxAgeMs - 1, until: sealedAt, limit: maxEvents };
      const newest = selectBeside.all(window).reverse();
      // Most conversations have none, and need not know where their turn before ended.
      if (newest.length === 0) return [];
      const before = selectBefore.get(conversationId, seq)?.sealed_at ?? 0;
      return newest
        .filter((row) => row.received_at > before)
        .map(toTurnEvent)
        .toSorted((a, b) => a.sentAt - b.sentAt);
    },
  };
}
