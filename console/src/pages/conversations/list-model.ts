/** The list of conversations while it is read: what is shown stays in its place, and what has changed is counted. */
import type { Wire } from "../../../../src/http/admin/wire.ts";

export type Row = Wire["conversations"]["items"][number];
export type Page = Wire["conversations"];

/** What the gateway has read for a page may hold few that a filter lets through, so it is asked again, at most so often. */
const ASKED_MAX = 8;
/** With as many rows a screen is full. */
export const ROWS_WANTED = 50;

/** Pages from `before` on, until there are enough rows or no more pages. */
export async function collectPage(ask: (before: string | null) => Promise<Page>, before: string | null): Promise<Page> {
  const items: Row[] = [];
  let next = before;
  for (let asked = 0; asked < ASKED_MAX; asked += 1) {
    const page = await ask(next);
    items.push(...page.items);
    next = page.next;
    if (next === null || items.length >= ROWS_WANTED) break;
  }
  return { items, next };
}

export interface ShownList {
  readonly rows: readonly Row[];
  /** Where the rows go on; `null`: these are all. */
  readonly next: string | null;
  /** The newest page as it is now, in its own order. */
  readonly newest: Page;
}

const idOf = (row: Row) => row.conversation.conversationId;

/** Rows that are shown get what is new of them, and stay where they are. */
export function withNewest(shown: ShownList | undefined, newest: Page): ShownList {
  if (shown === undefined || shown.rows.length === 0) return { rows: newest.items, next: newest.next, newest };
  const fresh = new Map(newest.items.map((row) => [idOf(row), row]));
  return { ...shown, rows: shown.rows.map((row) => fresh.get(idOf(row)) ?? row), newest };
}

/** A conversation moves up when something happens in it, and then is on an older page no more, or on two. */
export function withOlder(shown: ShownList, older: Page): ShownList {
  const known = new Set(shown.rows.map(idOf));
  return { ...shown, rows: [...shown.rows, ...older.items.filter((row) => !known.has(idOf(row)))], next: older.next };
}

/**
 * How many conversations would move, come or go if the list were shown anew; of a long list no more than the newest page
 * has. They only ever move up: one that now stands above another that was above it has moved, from however far below.
 */
export function countChanges({ rows, newest }: ShownList): number {
  const ids = rows.map(idOf);
  const known = new Set(newest.items.map(idOf));
  const places = new Map<string, number>();
  for (const [index, id] of ids.entries()) if (known.has(id)) places.set(id, index);
  // From the end of the page: those that stay, by their places, and whatever stands above one of them without being one.
  const stay: number[] = [];
  let changed = 0;
  for (const id of [...known].toReversed()) {
    const place = places.get(id);
    if (place !== undefined && place < (stay.at(-1) ?? ids.length)) stay.push(place);
    // Below the last of them the page only reaches further than it did.
    else if (stay.length > 0) changed += 1;
  }
  if (stay.length === 0) changed = known.size;
  const isWhole = newest.next === null;
  const gone = ids.slice(0, isWhole ? ids.length : (stay[0] ?? 0)).filter((id) => !known.has(id)).length;
  return isWhole ? changed + gone : Math.min(changed + gone, known.size);
}

/** Shows the list anew, from its newest page. */
export function shownAnew({ newest }: ShownList): ShownList {
  return { rows: newest.items, next: newest.next, newest };
}

/** The person's name, if the platform has told it; of a group there is only its id. */
export function peerName({
  conversation,
  senders,
}: {
  readonly conversation: Pick<Row["conversation"], "kind" | "peerId">;
  readonly senders: Row["senders"];
}): string {
  const { kind, peerId } = conversation;
  const name = kind === "user" ? (senders.find(({ id }) => id === peerId)?.name ?? senders[0]?.name) : null;
  return name === null || name === undefined || name.trim() === "" ? peerId : name;
}
