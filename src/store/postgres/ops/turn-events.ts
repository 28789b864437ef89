import type { TurnEvent } from "../../../core/event.ts";
import type { ContextPolicy } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { EVENT_COLUMNS, type EventRow, toTurnEvent } from "./rows.ts";

/** What was said beside the turns, in the window `$3` < received ≤ `$4`, newest first. */
const BESIDE = `
  SELECT ${EVENT_COLUMNS} FROM event AS e
  WHERE e.slot = $1 AND e.conversation_id = $2 AND e.turn_id IS NULL AND e.state = 'stored' AND e.type = 'message'
    AND e.received_at > $3 AND e.received_at <= $4
  ORDER BY e.received_at DESC, e.seq DESC LIMIT $5`;

interface SealedTurn {
  readonly seq: number;
  readonly conversationId: string;
  readonly firstEventAt: number;
  readonly sealedAt: number;
}

/** The part of `claimTurn` and `findTurn` that reads what a turn holds, and what was said beside it. */
export function prepareTurnEvents({ db }: Context) {
  const selectEvents = db.prepare<Key, EventRow>(`
    SELECT ${EVENT_COLUMNS} FROM event AS e
    WHERE e.slot = $1 AND e.turn_id = $2 AND e.state = 'accepted' ORDER BY e.sent_at, e.seq`);
  const selectBeside = db.prepare<[...Key, number, number, number], EventRow>(BESIDE);
  const selectBefore = db.prepare<[...Key, number], { sealed_at: number | null }>(`
    SELECT sealed_at FROM turn
    WHERE slot = $1 AND conversation_id = $2 AND seq < $3 AND state NOT IN ('empty', 'skipped')
    ORDER BY seq DESC LIMIT 1`);

  return {
    eventsOf: async (turnId: string): Promise<TurnEvent[]> =>
      (await selectEvents.all(...keyOf(turnId))).map(toTurnEvent),
    /** From the sealing of the turn before to its own: sealed means frozen, so each attempt gets the same. */
    async besideOf(turn: SealedTurn, { maxEvents, maxAgeMs }: ContextPolicy): Promise<TurnEvent[]> {
      const { conversationId, seq, firstEventAt, sealedAt } = turn;
      if (maxEvents === 0) return [];
      const after = firstEventAt - maxAgeMs - 1;
      const newest = (await selectBeside.all(...keyOf(conversationId), after, sealedAt, maxEvents)).reverse();
      // Most conversations have none, and need not know where their turn before ended.
      if (newest.length === 0) return [];
      const before = (await selectBefore.get(...keyOf(conversationId), seq))?.sealed_at ?? 0;
      return newest
        .filter((row) => row.received_at > before)
        .map(toTurnEvent)
        .toSorted((a, b) => a.sentAt - b.sentAt);
    },
  };
}
