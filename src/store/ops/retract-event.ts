import type { InboundEvent } from "../../core/event.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { SET_KEYS, takeKey } from "./dedup-keys.ts";

interface Withdrawal {
  readonly eventId: string;
  readonly conversationId: string;
  readonly now: number;
}

// Only of the conversation that is locked: what is written about another one is written by whoever holds that one.
// No EXISTS, for which PostgreSQL may read the whole table once where it stands behind an OR.
const TAKE_OUT = statement<{ conversationId: string; channel: string; account: string; key: string }>(`
  UPDATE event SET state = 'retracted'
  WHERE event_id = (SELECT event_id FROM dedup_key WHERE channel = :channel AND account = :account AND key = :key)
    AND conversation_id = :conversationId
    AND (turn_id IS NULL AND state = 'stored'
      OR state = 'accepted'
        AND (SELECT t.attempt FROM turn AS t
             WHERE t.turn_id = event.turn_id AND t.state IN ('collecting', 'ready')) = 0)`);

/**
 * The part of `ingest` that takes an event out of its turn because the person took it back. A turn that an agent has
 * or had is left as it is: sealed means frozen. What was said beside the turns comes with none then.
 */
export async function retractEvent(tx: Transaction, event: InboundEvent, as: Withdrawal): Promise<void> {
  const { channel, account } = event.conversation;
  const key = event.retracts;
  if (key === null) return;
  const { eventId, conversationId, now } = as;
  // Redelivery changes the order: what comes after it was taken back is known already, and opens no turn.
  if (await takeKey(tx, { channel, account, key }, eventId, now)) {
    await tx.run(SET_KEYS, { eventId, dedupKeys: JSON.stringify([...event.dedupKeys, key]) });
  }
  // A turn that is left with nothing is closed as empty when it is sealed or claimed.
  else await tx.run(TAKE_OUT, { conversationId, channel, account, key });
}
