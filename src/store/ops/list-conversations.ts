import { afterIds } from "../id.ts";
import type { ConversationQuery, Page } from "../operator.ts";
import type { ConversationSummary } from "../operator-details.ts";
import { toConversation } from "../rows.ts";
import { type Statement, statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { called, needingOperator, type SummaryRow, summariesOf } from "./parts/conversation-summaries.ts";
import { sendersOf } from "./read-conversation.ts";

/*
 * Conversations by what began last in each: a turn, an event without one, a message without one. No index has all of these,
 * so four lists are walked side by side, each in its own order, and a conversation is shown at its newest row.
 */

/** Rows of each list that are read for a page: bounds the work where a few people write most of them. */
const WALK = 200;

/** A row of a list; `id` places it there. */
interface Row {
  conversation_id: string;
  at: number;
  id: string | number;
}

interface Place {
  at: number;
  id: string | number;
  limit: number;
}

const SELECT_TURNS = statement<Place, Row>(`
  SELECT conversation_id, first_event_at AS at, turn_id AS id FROM turn
  WHERE turn_id < :id ORDER BY turn_id DESC LIMIT :limit`);

// All deliveries are walked, because those without a turn have no index of their own in this order.
const SELECT_PROACTIVE = statement<Place, Row & { turn_id: string | null }>(`
  SELECT conversation_id, created_at AS at, delivery_id AS id, turn_id FROM delivery
  WHERE delivery_id < :id ORDER BY delivery_id DESC LIMIT :limit`);

const events = (contentDeleted: 0 | 1) =>
  statement<Place, Row>(`
  SELECT conversation_id, received_at AS at, seq AS id FROM event
  WHERE turn_id IS NULL AND content_deleted = ${contentDeleted} AND (received_at, seq) < (:at, CAST(:id AS BIGINT))
  ORDER BY received_at DESC, seq DESC LIMIT :limit`);

type Kind = "turn" | "event" | "proactive";

interface List {
  readonly kind: Kind;
  readonly select: Statement<Place, Row & { turn_id?: string | null }>;
  readonly first: string | number;
}

const LISTS: readonly List[] = [
  { kind: "turn", select: SELECT_TURNS, first: afterIds("turn_") },
  { kind: "proactive", select: SELECT_PROACTIVE, first: afterIds("dlv_") },
  { kind: "event", select: events(0), first: Number.MAX_SAFE_INTEGER },
  { kind: "event", select: events(1), first: Number.MAX_SAFE_INTEGER },
];

type Position = Pick<Place, "at" | "id">;

export async function listConversations(tx: Transaction, query: ConversationQuery): Promise<Page<ConversationSummary>> {
  const places = parsePlaces(query.before);
  const lists = await Promise.all(
    LISTS.map(async ({ kind, select, first }, index) => {
      const place = places[index] ?? { at: Number.MAX_SAFE_INTEGER, id: first };
      const rows = await tx.all(select, { ...place, limit: WALK });
      return { kind, rows, place, isWhole: rows.length < WALK };
    }),
  );
  const ids = new Set(lists.flatMap(({ rows }) => rows.map((row) => row.conversation_id)));
  const summaries = await summariesOf(tx, [...ids]);
  const isWanted = await filterOf(tx, query, [...summaries.values()]);
  const page: SummaryRow[] = [];
  const taken = lists.map(() => 0);
  let isEnd = false;
  while (page.length < query.limit) {
    const heads = lists.map(({ rows }, index) => rows[taken[index] ?? 0]);
    isEnd = heads.every((head) => head === undefined);
    // Of a list that goes on the next row isn't known.
    if (isEnd || lists.some(({ isWhole }, index) => !isWhole && heads[index] === undefined)) break;
    const newest = indexOfNewest(heads);
    const head = heads[newest];
    const list = lists[newest];
    if (head === undefined || list === undefined) break;
    taken[newest] = (taken[newest] ?? 0) + 1;
    const summary = summaries.get(head.conversation_id);
    if (summary !== undefined && isNewestOf(summary, list.kind, head.id) && isWanted(summary)) page.push(summary);
  }
  const isLast = isEnd && lists.every(({ isWhole }) => isWhole);
  const next = lists.map(({ rows, place }, index) => rows[(taken[index] ?? 0) - 1] ?? place);
  return { items: await describe(tx, page), next: isLast ? null : formatPlaces(next) };
}

function indexOfNewest(heads: readonly (Row | undefined)[]): number {
  let newest = 0;
  for (const [index, head] of heads.entries()) {
    if (head !== undefined && head.at > (heads[newest]?.at ?? -1)) newest = index;
  }
  return newest;
}

/** Whether the conversation is listed at this row. */
function isNewestOf(row: SummaryRow, kind: Kind, id: string | number): boolean {
  const event = newestEvent(row);
  const places = [
    { kind: "turn", at: row.first_event_at, id: row.turn_id },
    { kind: "event", at: event.at, id: event.seq },
    { kind: "proactive", at: row.proactive_at, id: row.proactive_id },
  ];
  const [newest] = places.filter(({ at }) => at !== null).toSorted((a, b) => Number(b.at) - Number(a.at));
  return newest?.kind === kind && newest.id === id;
}

function newestEvent(row: SummaryRow): { at: number | null; seq: number | null } {
  const [beside, other] = [
    { at: row.beside_at, seq: row.beside_seq },
    { at: row.other_at, seq: row.other_seq },
  ];
  if (beside.at === null || other.at === null) return beside.at === null ? other : beside;
  const isOther = other.at > beside.at || (other.at === beside.at && Number(other.seq) > Number(beside.seq));
  return isOther ? other : beside;
}

async function filterOf(
  tx: Transaction,
  { channel, account, kind = null, states = [], text = null }: ConversationQuery,
  rows: readonly SummaryRow[],
): Promise<(row: SummaryRow) => boolean> {
  const named = text === null ? null : await called(tx, rows, text);
  return (row) =>
    (channel === null || row.channel === channel) &&
    (account === null || row.account === account) &&
    (kind === null || row.kind === kind) &&
    (states.length === 0 || (row.state !== null && states.includes(row.state))) &&
    (named === null || named.has(row.conversation_id));
}

async function describe(tx: Transaction, rows: readonly SummaryRow[]): Promise<ConversationSummary[]> {
  const ids = rows.map((row) => row.conversation_id);
  const [needing, ...senders] = await Promise.all([needingOperator(tx, ids), ...ids.map((id) => sendersOf(tx, id))]);
  return rows.map((row, index) => ({
    conversation: toConversation(row),
    newestTurn: newestTurnOf(row),
    ...lastOf(row),
    needsOperator: needing.has(row.conversation_id),
    pausedUntil: row.paused_until,
    senders: senders[index] ?? [],
  }));
}

function newestTurnOf({ turn_id: turnId, state, first_event_at: firstEventAt }: SummaryRow) {
  return turnId === null || state === null || firstEventAt === null ? null : { turnId, state, firstEventAt };
}

/** The last that came or was sent; where nothing did, the message that waits. */
function lastOf(row: SummaryRow): Pick<ConversationSummary, "lastAt" | "lastDirection"> {
  // Within a ms an answer is later than what it answers.
  const said = [
    { lastAt: row.answered_at, lastDirection: "out" },
    { lastAt: row.proactive_sent_at, lastDirection: "out" },
    { lastAt: row.said_at, lastDirection: "in" },
    { lastAt: row.beside_at, lastDirection: row.beside_type === "echo" ? "out" : "in" },
    { lastAt: row.other_at, lastDirection: "in" },
  ] as const;
  const [last] = said.filter(({ lastAt }) => lastAt !== null).toSorted((a, b) => Number(b.lastAt) - Number(a.lastAt));
  if (last?.lastAt != null) return { lastAt: last.lastAt, lastDirection: last.lastDirection };
  return { lastAt: row.proactive_at ?? row.first_event_at ?? 0, lastDirection: null };
}

/** Where each list was left; an invalid cursor begins at the first page. */
function parsePlaces(before: string | null): readonly Position[] {
  const [turn, proactive, ...seqs] = (before ?? "").split("~");
  const parts = [turn, proactive, ...seqs].map((part) => /^(\d{1,16})\.(\w{1,80})$/.exec(part ?? ""));
  if (parts.length !== LISTS.length) return [];
  const places = parts.map((match, index) => {
    const id = match?.[2] ?? "";
    const isNumber = typeof LISTS[index]?.first === "number";
    if (match === null || (isNumber && !/^\d{1,16}$/.test(id))) return null;
    return { at: Number(match[1]), id: isNumber ? Number(id) : id };
  });
  return places.every((place) => place !== null) ? places : [];
}

function formatPlaces(places: readonly Position[]): string {
  return places.map(({ at, id }) => `${at}.${id}`).join("~");
}
