import type { Context } from "./context.ts";

export interface ParkedRow {
  delivery_id: string;
  messages: string;
}

/** What waits for a free road, rides on nothing yet, and isn't past its time: oldest first. It rides with what goes next. */
export function prepareParked({ db }: Pick<Context, "db">) {
  const select = db.prepare<[string, number], ParkedRow>(`
    SELECT delivery_id, messages FROM delivery
    WHERE conversation_id = ? AND state = 'parked' AND carrier_id IS NULL AND (deliver_by IS NULL OR deliver_by > ?)
    ORDER BY seq`);

  return (conversationId: string, now: number): ParkedRow[] => select.all(conversationId, now);
}
