/** What the two databases have in common: tables of the same names, with the same columns. */

/** Rows of a table that doesn't name its conversation: how SQLite finds it. `t` is the row; NULL: it belongs to none. */
const CONVERSATION_OF: Readonly<Record<string, string>> = {
  account: "(SELECT d.conversation_id FROM delivery AS d WHERE d.delivery_id = t.receipt_watched_id)",
  attempt: "(SELECT d.conversation_id FROM delivery AS d WHERE d.delivery_id = t.delivery_id)",
  receipt: "(SELECT d.conversation_id FROM delivery AS d WHERE d.delivery_id = t.delivery_id)",
  dedup_key: "(SELECT e.conversation_id FROM event AS e WHERE e.event_id = t.event_id)",
  // Its scope is a turn or a conversation.
  taken_once: "coalesce((SELECT u.conversation_id FROM turn AS u WHERE u.turn_id = t.scope), t.scope)",
};

/** Columns that hold ids which name a slot, by themselves or in a list. */
const IDS: ReadonlySet<string> = new Set([
  "event_id",
  "turn_id",
  "delivery_id",
  "carrier_id",
  "receipt_watched_id",
  "item_id",
  "scope",
]);
const ID_LISTS: ReadonlySet<string> = new Set(["delivery_ids"]);

/** Rows at work: whoever leased them is gone, because the file is ours, so nobody need wait until they run out. */
export const LEASE = "lease_expires_at";

export interface Table {
  readonly name: string;
  /** As both databases call them, without `slot`. */
  readonly columns: readonly string[];
  /** An SQL expression over SQLite's row `t`. */
  readonly conversation: string;
  /** Its rows stand in a slot of PostgreSQL's. */
  readonly hasSlot: boolean;
}

export function conversationOf(table: string, columns: readonly string[]): string | null {
  return CONVERSATION_OF[table] ?? (columns.includes("conversation_id") ? "t.conversation_id" : null);
}

export type Value = string | number | null;

/** The column's value with its ids as PostgreSQL makes them. */
export function translate(column: string, value: Value, rename: (id: string) => string): Value {
  if (typeof value !== "string") return value;
  if (IDS.has(column)) return rename(value);
  if (ID_LISTS.has(column)) return JSON.stringify((JSON.parse(value) as string[]).map(rename));
  // PostgreSQL's text holds every character but one.
  return value.includes("\u0000") ? value.replaceAll("\u0000", "\uFFFD") : value;
}
