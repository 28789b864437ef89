import type { InboundEvent } from "../../core/event.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { retractionOf, SET_KEYS, takeKey } from "./dedup-keys.ts";

interface Retraction {
  readonly eventId: string;
  readonly conversationId: string;
  readonly now: number;
}

// Only in the locked conversation: another conversation's rows are written under its own lock.
// No EXISTS: behind an OR PostgreSQL may scan the whole table for it.
const RETRACT = statement<{ conversationId: string; channel: string; account: string; key: string }>(`
  UPDATE event SET state = 'retracted'
  WHERE event_id = (SELECT event_id FROM dedup_key WHERE channel = :channel AND account = :account AND key = :key)
    AND conversation_id = :conversationId
    AND (turn_id IS NULL AND state = 'stored'
      OR state = 'accepted'
        AND (SELECT t.attempt FROM turn AS t
             WHERE t.turn_id = event.turn_id AND t.state IN ('collecting', 'ready')) = 0)`);

/**
 * Part of `ingest`: removes an event from its turn because the person retracted it. A turn that an agent has or had is left
 * as it is. A retracted message without a turn is no context any more.
 */
export async function retractEvent(tx: Transaction, event: InboundEvent, as: Retraction): Promise<void> {
  const { channel, account } = event.conversation;
  const key = event.retracts;
  if (key === null) return;
  const { eventId, conversationId, now } = as;
  const taken = [...event.dedupKeys];
  // From now on it isn't quoted, also where an agent has it.
  const retraction = retractionOf(key);
  if (await takeKey(tx, { channel, account, key: retraction }, eventId, now)) taken.push(retraction);
  // Redelivery changes the order: an event that arrives after its retraction is a duplicate, and opens no turn.
  if (await takeKey(tx, { channel, account, key }, eventId, now)) taken.push(key);
  // A turn without events is closed as empty when it is sealed or claimed.
  else await tx.run(RETRACT, { conversationId, channel, account, key });
  await tx.run(SET_KEYS, { eventId, dedupKeys: JSON.stringify(taken) });
}
