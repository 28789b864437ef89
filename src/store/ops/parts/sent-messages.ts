import type { Route } from "../../../core/delivery.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

/*
 * Which delivery sent a message. Where a call sends one message, the delivery's own list of ids is indexed
 * (`delivery_of_message`); where it sends several, by the routes `reply` and `push`, each id has a row of its own.
 */

const INSERT = statement<{ messageId: string; deliveryId: string }>(`
  INSERT INTO sent_message (message_id, delivery_id) VALUES (:messageId, :deliveryId) ON CONFLICT DO NOTHING`);

const SELECT_IDS = statement<{ deliveryId: string }, { platform_message_ids: string | null }>(
  "SELECT platform_message_ids FROM delivery WHERE delivery_id = :deliveryId AND route IN ('reply', 'push')",
);

const DELETE = statement<{ deliveryId: string; ids: readonly string[] }>(
  ({ isIn }) => `DELETE FROM sent_message WHERE ${isIn("message_id", ":ids")} AND delivery_id = :deliveryId`,
);

/** SQL: ids of the deliveries that sent the message `:messageId`, which is `:messageIds` as a list. */
export const SENDERS_OF_MESSAGE = `
  SELECT delivery_id FROM sent_message WHERE message_id = :messageId
  UNION SELECT delivery_id FROM delivery
  WHERE platform_message_ids = :messageIds AND platform_message_ids IS NOT NULL AND route IN ('session', 'template')`;

/** The parameters of `SENDERS_OF_MESSAGE`. */
export interface SentMessage {
  messageId: string;
  messageIds: string;
}

export function sentMessage(messageId: string): SentMessage {
  return { messageId, messageIds: JSON.stringify([messageId]) };
}

/** Part of `settleAttempt`: after the call was accepted. */
export async function recordSentMessages(
  tx: Transaction,
  deliveryId: string,
  route: Route,
  messageIds: readonly string[],
): Promise<void> {
  if (route !== "reply" && route !== "push") return;
  for (const messageId of messageIds) await tx.run(INSERT, { messageId, deliveryId });
}

/** Part of `deleteDelivery`, before the delivery's row is deleted. */
export async function deleteSentMessages(tx: Transaction, deliveryId: string): Promise<void> {
  const listed = (await tx.get(SELECT_IDS, { deliveryId }))?.platform_message_ids ?? null;
  if (listed !== null) await tx.run(DELETE, { deliveryId, ids: JSON.parse(listed) as string[] });
}
