import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

/** SQL: the deliveries that ride on `$2`, and those that ride on them. A carrier may have been parked itself. */
export const LOAD = `
  WITH RECURSIVE load (id) AS (
    SELECT delivery_id FROM delivery WHERE slot = $1 AND carrier_id = $2
    UNION SELECT d.delivery_id FROM delivery AS d JOIN load ON d.carrier_id = load.id WHERE d.slot = $1)`;

/**
 * What a call of that delivery says: the messages of what rides on it, then its own. A delivery's row keeps its own
 * only, so that what is set down again is not said twice.
 */
export function prepareLoad({ db }: Context) {
  const selectMessages = db.prepare<Key, { messages: string }>(`
    ${LOAD}
    SELECT messages FROM delivery
    WHERE slot = $1 AND delivery_id IN (SELECT id FROM load) AND state IN ('parked', 'unknown')
    ORDER BY seq`);

  return async function messagesOf(deliveryId: string, own: string): Promise<unknown[]> {
    const carried = (await selectMessages.all(...keyOf(deliveryId))).map((row) => row.messages);
    return [...carried, own].flatMap((messages) => JSON.parse(messages) as unknown[]);
  };
}
