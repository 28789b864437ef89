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

/**
 * What a call of that delivery says: the messages of what is bundled into it, then its own. A delivery's row keeps its own
 * only, so that what is unbundled is not said twice.
 */
export async function messagesOf(tx: Transaction, deliveryId: string, own: string): Promise<unknown[]> {
  const bundled = (await tx.all(SELECT_MESSAGES, { deliveryId })).map((row) => row.messages);
  return [...bundled, own].flatMap((messages) => JSON.parse(messages) as unknown[]);
}
