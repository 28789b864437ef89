import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

/** SQL: the deliveries that are bundled into `:deliveryId`, and those that are bundled into them. A carrier may have been parked itself. */
export const BUNDLE = `
  WITH RECURSIVE bundle (id) AS (
    SELECT delivery_id FROM delivery WHERE bundled_into = :deliveryId
    UNION SELECT d.delivery_id FROM delivery AS d JOIN bundle ON d.bundled_into = bundle.id)`;

const SELECT_MESSAGES = statement<{ deliveryId: string }, { messages: string }>(`
  ${BUNDLE}
  SELECT messages FROM delivery WHERE delivery_id IN (SELECT id FROM bundle) AND state IN ('parked', 'unknown')
  ORDER BY seq`);

/** What is said in front of that delivery's own messages, by a call that both share. */
export async function bundledMessages(tx: Transaction, deliveryId: string): Promise<unknown[]> {
  return (await tx.all(SELECT_MESSAGES, { deliveryId })).flatMap((row) => JSON.parse(row.messages) as unknown[]);
}

/**
 * What a call of that delivery says: the messages of what is bundled into it, then its own. A delivery's row keeps its own
 * only, so that what is unbundled is not said twice.
 */
export async function messagesOf(tx: Transaction, deliveryId: string, own: string): Promise<unknown[]> {
  return [...(await bundledMessages(tx, deliveryId)), ...(JSON.parse(own) as unknown[])];
}
