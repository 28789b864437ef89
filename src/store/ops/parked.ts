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

/** Parked deliveries that are in no bundle and not past their deadline, oldest first: they are bundled into the next call. */
export function parkedIn(tx: Transaction, conversationId: string, now: number): Promise<ParkedRow[]> {
  return tx.all(SELECT, { conversationId, now });
}
