/** What is selected of a list: pure, so that it is tested without a browser. */
import type { Item } from "../../actions/order.ts";

/**
 * - `picked`: by hand, of what is shown. What leaves the list leaves the selection.
 * - `matching`: all that matched the filter when it was read (`at`, epoch ms), whatever becomes of the list. `isWhole`: there
 *   were no more. `isTouched`: some were added or left out by hand since.
 */
export type Selection =
  | { readonly kind: "picked"; readonly ids: ReadonlySet<string> }
  | {
      readonly kind: "matching";
      readonly items: ReadonlyMap<string, Item>;
      readonly at: number;
      readonly isWhole: boolean;
      readonly isTouched: boolean;
    };

export const NOTHING: Selection = { kind: "picked", ids: new Set() };

export function isSelected(selection: Selection, id: string): boolean {
  return selection.kind === "picked" ? selection.ids.has(id) : selection.items.has(id);
}

/** In the order of the list. */
export function selectedOf(selection: Selection, shown: readonly Item[]): readonly Item[] {
  return selection.kind === "picked" ? shown.filter(({ id }) => selection.ids.has(id)) : [...selection.items.values()];
}

/** Selects all of these, or none of them. */
export function select(selection: Selection, items: readonly Item[], isWanted: boolean): Selection {
  if (selection.kind === "picked") {
    const ids = new Set(selection.ids);
    for (const { id } of items)
      if (isWanted) ids.add(id);
      else ids.delete(id);
    return { kind: "picked", ids };
  }
  const all = new Map(selection.items);
  for (const item of items)
    if (isWanted) all.set(item.id, item);
    else all.delete(item.id);
  return all.size === 0 ? NOTHING : { ...selection, items: all, isTouched: true };
}

export interface Matching {
  /** Newest first. */
  readonly items: readonly Item[];
  readonly isWhole: boolean;
}

/** As many as the gateway counts of a state. */
export const MATCHING_MAX = 10_000;

type Page = { readonly items: readonly Item[]; readonly next: string | null };

/** All pages of a list. `onRead` is told how many there are so far. */
export async function readMatching(
  readPage: (before: string | undefined) => Promise<Page>,
  onRead: (count: number) => void,
): Promise<Matching> {
  const items = new Map<string, Item>();
  let before: string | undefined;
  while (items.size < MATCHING_MAX) {
    const page = await readPage(before);
    for (const item of page.items) items.set(item.id, item);
    onRead(items.size);
    if (page.next === null) return { items: [...items.values()], isWhole: true };
    before = page.next;
  }
  return { items: [...items.values()].slice(0, MATCHING_MAX), isWhole: false };
}
