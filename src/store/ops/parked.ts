import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

export interface ParkedRow {
  delivery_id: string;
  messages: string;
}

const SELECT = statement<{ conversationId: string; now: number }, ParkedRow>(`
  SELECT delivery_id, messages FROM delivery
  WHERE conversation_id = :conversationId AND state = 'parked' AND bundled_into IS NULL
    AND (deliver_by IS NULL OR deliver_by > :now)
  ORDER BY seq`);

/** What waits for a free route, is in no bundle yet, and isn't past its time: oldest first. It is bundled with what goes next. */
export function parkedIn(tx: Transaction, conversationId: string, now: number): Promise<ParkedRow[]> {
  return tx.all(SELECT, { conversationId, now });
}
