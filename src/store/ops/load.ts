import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

/** SQL: the deliveries that ride on `:carrierId`, and those that ride on them. A carrier may have been parked itself. */
export const LOAD = `
  WITH RECURSIVE load (id) AS (
    SELECT delivery_id FROM delivery WHERE carrier_id = :carrierId
    UNION SELECT d.delivery_id FROM delivery AS d JOIN load ON d.carrier_id = load.id)`;

const SELECT_MESSAGES = statement<{ carrierId: string }, { messages: string }>(`
  ${LOAD}
  SELECT messages FROM delivery WHERE delivery_id IN (SELECT id FROM load) AND state IN ('parked', 'unknown')
  ORDER BY seq`);

/**
 * What a call of that delivery says: the messages of what rides on it, then its own. A delivery's row keeps its own
 * only, so that what is set down again is not said twice.
 */
export async function messagesOf(tx: Transaction, deliveryId: string, own: string): Promise<unknown[]> {
  const carried = (await tx.all(SELECT_MESSAGES, { carrierId: deliveryId })).map((row) => row.messages);
  return [...carried, own].flatMap((messages) => JSON.parse(messages) as unknown[]);
}
