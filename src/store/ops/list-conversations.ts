import type { TurnState } from "../../core/turn.ts";
import type { ConversationQuery, ConversationSummary, Page } from "../operator.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

interface Row extends ConversationRow {
  turn_id: string;
  state: TurnState;
  first_event_at: number;
  is_newest: number;
}

/** Turns read for a page: bounds the scan where a few people write most of the turns. */
const TURNS_PER_PAGE = 500;

/** Sorts after every id. */
const BEHIND_ALL = "~";

const SELECT = statement<{ before: string; limit: number }, Row>(`
  SELECT t.turn_id, t.state, t.first_event_at, ${CONVERSATION_COLUMNS},
         NOT EXISTS (SELECT 1 FROM turn AS later
                     WHERE later.conversation_id = t.conversation_id AND later.seq > t.seq) AS is_newest
  FROM turn AS t JOIN conversation AS c USING (conversation_id)
  WHERE t.turn_id < :before
  ORDER BY t.turn_id DESC LIMIT :limit`);

export async function listConversations(
  tx: Transaction,
  { channel, account, limit, before }: ConversationQuery,
): Promise<Page<ConversationSummary>> {
  const turns = await tx.all(SELECT, { before: before ?? BEHIND_ALL, limit: TURNS_PER_PAGE });
  const wanted = turns.filter(
    (row) =>
      row.is_newest === 1 &&
      (channel === null || row.channel === channel) &&
      (account === null || row.account === account),
  );
  const page = wanted.slice(0, limit);
  // After the last one shown, or after the last one read: such a page may be short or empty without being the last.
  const last = wanted.length > limit ? page.at(-1) : turns.length === TURNS_PER_PAGE ? turns.at(-1) : undefined;
  return { items: page.map(toSummary), next: last?.turn_id ?? null };
}

function toSummary(row: Row): ConversationSummary {
  const { turn_id: turnId, state, first_event_at: firstEventAt } = row;
  return { conversation: toConversation(row), newestTurn: { turnId, state, firstEventAt } };
}
