import type { Page, WaitingItem, WaitingQuery } from "../operator.ts";
import type { Transaction } from "../transaction.ts";
import { knownAccounts } from "./list-accounts.ts";
import { momentOf } from "./operator-item.ts";
import { formatCursor, type PagePosition, parseCursor } from "./parts/operator-rows.ts";
import { conversationsOf } from "./parts/peer-ids.ts";
import { WAITING_ROWS } from "./waiting-rows.ts";

/** Rows of a state that are read for one page where a filter may pass over most of them. */
const WALK_MAX = 500;

export async function listWaiting(tx: Transaction, query: WaitingQuery): Promise<Page<WaitingItem>> {
  const { scope = "operator", kind, states, since, limit, before, until = null, unknownWaitMs = 0 } = query;
  const isWanted = await filterOf(tx, query);
  const read = isWanted === null ? limit + 1 : Math.max(WALK_MAX, limit + 1);
  const from = earlier(parseCursor(before), until);
  const walk = { ...momentOf(tx, unknownWaitMs), ...from, since: since ?? 0, limit: read };
  // By id, because a row may move on while the states are read one after another: it counts where it was seen last.
  const items = new Map<string, WaitingItem>();
  // What is older than the last row of a list that goes on isn't complete yet.
  let readTo: PagePosition | null = null;
  for (const state of states) {
    for (const rows of WAITING_ROWS[scope][state]) {
      if (kind !== null && kind !== rows.kind) continue;
      const found = await rows.read(tx, { ...walk, state });
      const last = found.length < read ? undefined : found.at(-1);
      if (last !== undefined && (readTo === null || isNewer(positionOf(last), readTo))) readTo = positionOf(last);
      for (const item of found) items.set(item.id, item);
    }
  }
  const complete = [...items.values()].filter((item) => readTo === null || !isNewer(readTo, positionOf(item)));
  const wanted = isWanted === null ? complete : complete.filter(isWanted);
  const sorted = wanted.toSorted((a, b) => (isNewer(positionOf(a), positionOf(b)) ? -1 : 1));
  const page = sorted.slice(0, limit);
  const last = page.at(-1);
  const end = sorted.length > limit && last !== undefined ? positionOf(last) : readTo;
  return { items: page, next: end === null ? null : formatCursor(end) };
}

const positionOf = ({ since, id }: WaitingItem): PagePosition => ({ at: since, id });

const isNewer = (a: PagePosition, b: PagePosition) => a.at > b.at || (a.at === b.at && a.id > b.id);

/** Of a place and a time the earlier: nothing comes before an empty id, so that `until` itself is left out. */
function earlier(place: PagePosition, until: number | null): PagePosition {
  return until !== null && until <= place.at ? { at: until, id: "" } : place;
}

/** What the lists' indexes don't know; `null`: every item is wanted. */
async function filterOf(tx: Transaction, query: WaitingQuery): Promise<((item: WaitingItem) => boolean) | null> {
  const { channel, account, conversation, why = [] } = query;
  if (channel === null && account === null && conversation === null && why.length === 0) return null;
  const ids = conversation === null ? null : new Set(await conversationsCalled(tx, conversation));
  return ({ conversation: of, why: reason }) =>
    (channel === null || of.channel === channel) &&
    (account === null || of.account === account) &&
    (ids === null || ids.has(of.conversationId)) &&
    (why.length === 0 || (reason !== null && why.includes(reason)));
}

/** By its own id, or by any id of its peer at any account. */
async function conversationsCalled(tx: Transaction, name: string): Promise<string[]> {
  const found = [name];
  for (const account of await knownAccounts(tx)) {
    found.push(...(await conversationsOf(tx, { ...account, peerId: name })));
  }
  return found;
}
