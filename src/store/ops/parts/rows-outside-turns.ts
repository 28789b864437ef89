import type { ForgetOutsideTurns } from "../../erasure.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { deleteDelivery } from "./delete-rows.ts";
import { blankEvent } from "./purge-content.ts";
import { isUntouched } from "./turn-events.ts";

/*
 * Events and deliveries have no index by person, which would cost every message: so all are scanned. A read finds the
 * person's rows, and each is erased under the lock of its own conversation.
 */

interface EventRow {
  event_id: string;
  conversation_id: string;
  turn_id: string | null;
  has_turn: number;
  sender_id: string | null;
  channel: string;
  account: string;
}

interface DeliveryRow {
  delivery_id: string;
  conversation_id: string;
  turn_id: string | null;
}

export interface FoundEvents {
  /** Of the person's conversation, without an existing turn. */
  readonly own: readonly string[];
  /** The person's events in group conversations. */
  readonly inGroups: readonly string[];
  readonly last: string | null;
}

const SELECT_EVENTS = statement<{ after: string; limit: number }, EventRow>(`
  SELECT e.event_id, e.conversation_id, e.turn_id, e.sender_id, c.channel, c.account,
         EXISTS (SELECT 1 FROM turn AS t WHERE t.turn_id = e.turn_id) AS has_turn
  FROM event AS e JOIN conversation AS c USING (conversation_id)
  WHERE e.event_id > :after ORDER BY e.event_id LIMIT :limit`);

const SELECT_DELIVERIES = statement<{ after: string; limit: number }, DeliveryRow>(`
  SELECT delivery_id, conversation_id, turn_id FROM delivery
  WHERE delivery_id > :after ORDER BY delivery_id LIMIT :limit`);

const IS_STILL_WITHOUT_TURN = statement<{ deliveryId: string }, object>(
  "SELECT 1 FROM delivery WHERE delivery_id = :deliveryId AND turn_id IS NULL AND state <> 'sending'",
);

const RETRACT = statement<{ eventId: string }>(`
  UPDATE event SET sender_id = NULL,
    state = CASE WHEN turn_id IS NULL AND state = 'stored'
                   OR state = 'accepted' AND EXISTS (SELECT 1 FROM turn AS t
                        WHERE t.turn_id = event.turn_id AND ${isUntouched("t")})
                 THEN 'retracted' ELSE state END
  WHERE event_id = :eventId`);

export async function findEventsOutsideTurns(
  tx: Transaction,
  step: ForgetOutsideTurns,
  after: string,
): Promise<FoundEvents> {
  const rows = await tx.all(SELECT_EVENTS, { after, limit: step.limit });
  // Events that came in since the turns were deleted have new turns, and are new messages.
  const own = rows.filter(
    (row) => row.conversation_id === step.conversationId && !(row.turn_id !== null && row.has_turn === 1),
  );
  const inGroups = rows.filter((row) => row.conversation_id !== step.conversationId && isByPerson(row, step));
  const last = rows.length < step.limit ? null : (rows.at(-1)?.event_id ?? null);
  return { own: own.map((row) => row.event_id), inGroups: inGroups.map((row) => row.event_id), last };
}

function isByPerson(row: EventRow, { channel, account, peerIds }: ForgetOutsideTurns): boolean {
  return (
    row.channel === channel && row.account === account && row.sender_id !== null && peerIds.includes(row.sender_id)
  );
}

export async function findDeliveriesOutsideTurns(
  tx: Transaction,
  step: ForgetOutsideTurns,
  after: string,
): Promise<{ own: readonly string[]; last: string | null }> {
  const rows = await tx.all(SELECT_DELIVERIES, { after, limit: step.limit });
  const own = rows.filter((row) => row.conversation_id === step.conversationId && row.turn_id === null);
  const last = rows.length < step.limit ? null : (rows.at(-1)?.delivery_id ?? null);
  return { own: own.map((row) => row.delivery_id), last };
}

/** False: a call is in flight, or it is deleted already. */
export async function deleteDeliveryOutsideTurns(tx: Transaction, deliveryId: string): Promise<boolean> {
  if ((await tx.get(IS_STILL_WITHOUT_TURN, { deliveryId })) === undefined) return false;
  await deleteDelivery(tx, deliveryId);
  return true;
}

/** Blanks the person's event in a group: the row stays, for its turn. One that no agent has had is retracted. */
export async function blankGroupEvent(tx: Transaction, eventId: string): Promise<void> {
  await blankEvent(tx, eventId);
  await tx.run(RETRACT, { eventId });
}
