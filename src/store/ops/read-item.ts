import type { ItemDetail } from "../operator.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { itemOf } from "./operator-item.ts";
import {
  sortEntries,
  TRANSCRIPT_DELIVERY_COLUMNS,
  TRANSCRIPT_TURN_COLUMNS,
  type TranscriptDeliveryRow,
  type TranscriptTurnRow,
} from "./parts/operator-rows.ts";
import { transcriptOf } from "./parts/transcript.ts";

const SELECT_TURN = statement<{ turnId: string }, TranscriptTurnRow>(
  `SELECT ${TRANSCRIPT_TURN_COLUMNS} FROM turn AS t WHERE t.turn_id = :turnId`,
);

const SELECT_DELIVERY = statement<{ deliveryId: string }, TranscriptDeliveryRow>(
  `SELECT ${TRANSCRIPT_DELIVERY_COLUMNS} FROM delivery AS d WHERE d.delivery_id = :deliveryId`,
);

export async function readItem(tx: Transaction, id: string, unknownWaitMs?: number): Promise<ItemDetail | null> {
  const item = await itemOf(tx, id, unknownWaitMs);
  if (item === null) return null;
  const entries =
    item.kind === "turn"
      ? await transcriptOf(tx, await tx.all(SELECT_TURN, { turnId: id }))
      : await transcriptOf(tx, [], await tx.all(SELECT_DELIVERY, { deliveryId: id }));
  return { item, entries: sortEntries(entries) };
}
