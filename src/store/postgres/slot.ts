import type { Chance } from "../../runtime/chance.ts";

/** Enough to spread over many databases, few enough to move one at a time. Never changed: rows carry it. */
export const SLOTS = 1_024;

/** How a statement finds a row of one conversation: by the slot, and by the id. */
export type Key = [slot: number, id: string];

const DIGITS = 3;

/**
 * The slot of a conversation, or of any row of it: the last three hexadecimal digits of its id. A conversation's id is
 * a hash already; the ids that this store makes end in their conversation's slot. So a process that has an id knows
 * where to ask, and an id that nobody made is of no slot (-1).
 */
export function slotOf(id: string): number {
  const end = id.slice(-DIGITS);
  return /^[0-9a-f]{3}$/.test(end) ? Number.parseInt(end, 16) % SLOTS : -1;
}

export function keyOf(id: string): Key {
  return [slotOf(id), id];
}

/** A new id for a row of that slot. */
export function newId(chance: Chance, prefix: string, slot: number): string {
  return `${chance.id(prefix)}${slot.toString(16).padStart(DIGITS, "0")}`;
}
