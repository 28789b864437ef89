import type { TurnState } from "../../../core/turn.ts";
import { CONVERSATION_COLUMNS, type ConversationRow } from "../../rows.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { isOtherOutsideTurns, isOutsideTurns } from "./turn-events.ts";

/* Part of `listConversations`: what a list says of each conversation, by a few index reads each. */

type Ids = { ids: readonly string[] };

/** The newest of each kind, `null` where there is none. */
export interface SummaryRow extends ConversationRow {
  paused_until: number | null;
  turn_id: string | null;
  state: TurnState | null;
  first_event_at: number | null;
  /** When an event of that turn came, and when a part of its answer, or of the answer before, was sent. */
  said_at: number | null;
  answered_at: number | null;
  /** An event without a turn: a message, a tap or an echo, and any other. */
  beside_seq: number | null;
  beside_at: number | null;
  beside_type: string | null;
  other_seq: number | null;
  other_at: number | null;
  /** A message without a turn. */
  proactive_id: string | null;
  proactive_at: number | null;
  /** When the last of the newest few of these was sent: the newest may wait. */
  proactive_sent_at: number | null;
}

/** Messages without a turn of which the last that was sent is looked for. */
const PROACTIVE = 10;

const SELECT = statement<Ids, SummaryRow>(
  ({ isIn, indexedBy }) => `
  SELECT ${CONVERSATION_COLUMNS}, c.paused_until, t.turn_id, t.state, t.first_event_at,
         (SELECT max(received_at) FROM event WHERE turn_id = t.turn_id) AS said_at,
         (SELECT max(ended_at) FROM delivery WHERE state = 'sent' AND turn_id IN (
           SELECT turn_id FROM turn WHERE conversation_id = c.conversation_id ORDER BY seq DESC LIMIT 2)) AS answered_at,
         b.seq AS beside_seq, b.received_at AS beside_at, b.type AS beside_type,
         o.seq AS other_seq, o.received_at AS other_at,
         d.delivery_id AS proactive_id, d.created_at AS proactive_at,
         (SELECT max(ended_at) FROM (SELECT state, ended_at FROM delivery
                                     WHERE conversation_id = c.conversation_id AND turn_id IS NULL
                                     ORDER BY created_at DESC LIMIT ${PROACTIVE}) AS walked
          WHERE walked.state = 'sent') AS proactive_sent_at
  FROM conversation AS c
  LEFT JOIN turn AS t ON t.turn_id = (
    SELECT turn_id FROM turn WHERE conversation_id = c.conversation_id ORDER BY seq DESC LIMIT 1)
  LEFT JOIN event AS b ON b.event_id = (
    SELECT e.event_id FROM event AS e ${indexedBy("event_outside_turns")}
    WHERE e.conversation_id = c.conversation_id AND ${isOutsideTurns("e")}
    ORDER BY e.received_at DESC, e.seq DESC LIMIT 1)
  LEFT JOIN event AS o ON o.event_id = (
    SELECT e.event_id FROM event AS e ${indexedBy("event_other_outside_turns")}
    WHERE e.conversation_id = c.conversation_id AND ${isOtherOutsideTurns("e")}
    ORDER BY e.received_at DESC, e.seq DESC LIMIT 1)
  LEFT JOIN delivery AS d ON d.delivery_id = (
    SELECT delivery_id FROM delivery WHERE conversation_id = c.conversation_id AND turn_id IS NULL
    ORDER BY created_at DESC, seq DESC LIMIT 1)
  WHERE ${isIn("c.conversation_id", ":ids")}`,
);

/** Turns in which a dead one, or a dead delivery, is looked for, and deliveries without a turn. */
const NEWEST = 50;

const SELECT_NEEDS_OPERATOR = statement<Ids, { conversation_id: string }>(
  ({ isIn, indexedBy }) => `
  SELECT c.conversation_id FROM conversation AS c WHERE ${isIn("c.conversation_id", ":ids")} AND (
    EXISTS (SELECT 1 FROM delivery AS u ${indexedBy("delivery_open")}
            WHERE u.conversation_id = c.conversation_id
              AND (u.state = 'pending' OR u.state = 'unknown' OR u.state = 'parked')
              AND u.state = 'unknown' AND u.due_at IS NULL)
    OR EXISTS (SELECT 1 FROM (SELECT turn_id, state, discarded_at FROM turn WHERE conversation_id = c.conversation_id
                              ORDER BY seq DESC LIMIT ${NEWEST}) AS walked
               WHERE (walked.state = 'dead' AND walked.discarded_at IS NULL)
                  OR EXISTS (SELECT 1 FROM delivery AS part WHERE part.turn_id = walked.turn_id
                                                              AND part.state = 'dead' AND part.discarded_at IS NULL))
    OR EXISTS (SELECT 1 FROM (SELECT state, discarded_at FROM delivery
                              WHERE conversation_id = c.conversation_id AND turn_id IS NULL
                              ORDER BY created_at DESC LIMIT ${NEWEST}) AS walked
               WHERE walked.state = 'dead' AND walked.discarded_at IS NULL))`,
);

const SELECT_NAMES = statement<Ids, { turn_id: string; name: string }>(
  ({ isIn }) => `
  SELECT e.turn_id, e.sender_name AS name FROM event AS e
  WHERE ${isIn("e.turn_id", ":ids")} AND e.sender_name IS NOT NULL`,
);

const SELECT_PEER_IDS = statement<Ids, { conversation_id: string; id: string }>(
  ({ isIn }) => `SELECT conversation_id, id FROM peer_id WHERE ${isIn("conversation_id", ":ids")}`,
);

export async function summariesOf(tx: Transaction, ids: readonly string[]): Promise<Map<string, SummaryRow>> {
  return new Map((await tx.all(SELECT, { ids })).map((row) => [row.conversation_id, row]));
}

/** Those in which something is dead, or unknown for good. */
export async function needingOperator(tx: Transaction, ids: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await tx.all(SELECT_NEEDS_OPERATOR, { ids })).map((row) => row.conversation_id));
}

/** The conversations of which an id of the peer, or a name in the newest turn, has the text in it, in any case. */
export async function called(tx: Transaction, rows: readonly SummaryRow[], text: string): Promise<ReadonlySet<string>> {
  const isMeant = (said: string) => said.toLowerCase().includes(text.toLowerCase());
  const ofTurn = new Map(rows.map((row) => [row.turn_id ?? "", row.conversation_id]));
  const [names, peerIds] = await Promise.all([
    tx.all(SELECT_NAMES, { ids: [...ofTurn.keys()] }),
    tx.all(SELECT_PEER_IDS, { ids: rows.map((row) => row.conversation_id) }),
  ]);
  const found = [
    ...rows.filter((row) => isMeant(row.peer_id) || isMeant(row.conversation_id)).map((row) => row.conversation_id),
    ...names.filter(({ name }) => isMeant(name)).map((row) => ofTurn.get(row.turn_id) ?? ""),
    ...peerIds.filter(({ id }) => isMeant(id)).map((row) => row.conversation_id),
  ];
  return new Set(found);
}
