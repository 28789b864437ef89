/**
 * The part of a transcript that is drawn: a conversation may have thousands of turns, and a page with so many elements gets
 * slow.
 */

/** At most so many groups are drawn. */
export const DRAWN_MAX = 60;
/** So many groups come in, and as many go out at the other end, when older or newer ones are asked for. */
export const STEP = 30;

/** The part begins so many groups before that one. `null`: it ends with the newest, also when another comes. */
export type Place = { readonly key: string; readonly back: number } | null;

export interface Drawn {
  /** Index of the first group that is drawn. */
  readonly from: number;
  /** Index after the last one. */
  readonly to: number;
}

interface Keyed {
  readonly key: string;
}

export function drawnOf(groups: readonly Keyed[], place: Place): Drawn {
  const at = place === null ? -1 : groups.findIndex(({ key }) => key === place.key);
  // What isn't known any more can't be begun with.
  const from = place === null || at === -1 ? groups.length - DRAWN_MAX : at - place.back;
  const first = Math.max(0, from);
  return { from: first, to: Math.min(groups.length, first + DRAWN_MAX) };
}

type Begun = Pick<Drawn, "from">;

/** Stays where it is, whatever comes at either end. */
export function held(groups: readonly Keyed[], { from }: Begun): Place {
  return beginning(groups, from, 0);
}

/** A step towards the oldest. Holds also for groups that are still to be loaded. */
export function stepBack(groups: readonly Keyed[], { from }: Begun): Place {
  return beginning(groups, from, STEP);
}

/** A step towards the newest. */
export function stepOn(groups: readonly Keyed[], { from }: Begun): Place {
  return beginning(groups, Math.min(from + STEP, Math.max(0, groups.length - DRAWN_MAX)), 0);
}

function beginning(groups: readonly Keyed[], index: number, back: number): Place {
  const first = groups[index];
  return first === undefined ? null : { key: first.key, back };
}
