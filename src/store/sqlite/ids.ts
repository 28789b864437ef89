import type { Chance } from "../../runtime/chance.ts";

/** The digits of a conversation's id that PostgreSQL's slots are made of. */
const DIGITS = 3;

/**
 * A new id for a row of that conversation. It ends as the conversation's does, as on PostgreSQL, where that says in which
 * slot the row is: so a history that moves there keeps its ids, and agents and receipts that name them are understood.
 */
export function newId(chance: Chance, prefix: string, conversationId: string): string {
  return `${chance.id(prefix)}${conversationId.slice(-DIGITS)}`;
}
