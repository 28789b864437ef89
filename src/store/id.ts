import type { Random } from "../runtime/random.ts";

const DIGITS = 3;

/**
 * A new id for a row of that conversation. It ends with the last digits of the conversation's id, which is a hash: so a
 * distributed database can place the rows of a conversation on one machine by any id (`docs/scaling.md`).
 */
export function newId(random: Random, prefix: string, conversationId: string): string {
  return `${random.id(prefix)}${conversationId.slice(-DIGITS)}`;
}

/**
 * Sorts after every id that begins so, in the order of every language: ids are of hexadecimal digits. PostgreSQL compares in
 * the database's collation, most of which put punctuation, also `~`, before letters.
 */
export const afterIds = (begin: string) => `${begin}g`;

/** Number of hash slots of conversations. Never changed: ids end in them. */
const SLOTS = 1_024;

/** The slot of a conversation, or of any row of it; -1 for an id that isn't one of ours. */
export function slotOf(id: string): number {
  const end = id.slice(-DIGITS);
  return /^[0-9a-f]{3}$/.test(end) ? Number.parseInt(end, 16) % SLOTS : -1;
}
