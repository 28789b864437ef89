import type { StoryEntry } from "../../operator.ts";
import {
  ACTION_COLUMNS,
  type ActionRow,
  STORY_ATTEMPT_COLUMNS,
  STORY_DELIVERY_COLUMNS,
  STORY_RECEIPT_COLUMNS,
  type StoryAttemptRow,
  type StoryDeliveryRow,
  type StoryEventRow,
  type StoryReceiptRow,
  type StoryTurnRow,
  toAction,
  toStoryAttempt,
  toStoryDelivery,
  toStoryEvent,
  toStoryReceipt,
  toStoryTurn,
} from "../../operator-rows.ts";
import type { Context } from "./context.ts";
import { EVENT_COLUMNS } from "./rows.ts";

/** The part of `readTimeline` and `readItem` that tells what happened to turns and deliveries. */
export function prepareStory({ db }: Context) {
  const listed = (name: string) => `(SELECT value FROM json_each(:${name}))`;
  const selectEvents = db.prepare<[{ turnIds: string }], StoryEventRow>(`
    SELECT ${EVENT_COLUMNS}, e.turn_id, e.state FROM event AS e WHERE e.turn_id IN ${listed("turnIds")} ORDER BY e.seq`);
  const selectDeliveries = db.prepare<[{ turnIds: string }], StoryDeliveryRow>(`
    SELECT ${STORY_DELIVERY_COLUMNS} FROM delivery AS d WHERE d.turn_id IN ${listed("turnIds")} ORDER BY d.seq`);
  const selectAttempts = db.prepare<[{ deliveryIds: string }], StoryAttemptRow>(`
    SELECT ${STORY_ATTEMPT_COLUMNS} FROM attempt AS a WHERE a.delivery_id IN ${listed("deliveryIds")}
    ORDER BY a.delivery_id, a.attempt`);
  const selectReceipts = db.prepare<[{ deliveryIds: string }], StoryReceiptRow>(`
    SELECT ${STORY_RECEIPT_COLUMNS} FROM receipt AS r WHERE r.delivery_id IN ${listed("deliveryIds")}
    ORDER BY r.received_at`);
  const selectActions = db.prepare<[{ ids: string }], ActionRow>(`
    SELECT ${ACTION_COLUMNS} FROM operator_action AS o WHERE o.item_id IN ${listed("ids")} ORDER BY o.at`);

  return function storyOf(turns: readonly StoryTurnRow[], beside: readonly StoryDeliveryRow[] = []): StoryEntry[] {
    const ids = turns.map((row) => row.turn_id);
    const turnIds = JSON.stringify(ids);
    const deliveries = [...selectDeliveries.all({ turnIds }), ...beside];
    const own = deliveries.map((row) => row.delivery_id);
    const deliveryIds = JSON.stringify(own);
    return [
      ...turns.map(toStoryTurn),
      ...selectEvents.all({ turnIds }).map(toStoryEvent),
      ...deliveries.map(toStoryDelivery),
      ...selectAttempts.all({ deliveryIds }).map(toStoryAttempt),
      ...selectReceipts.all({ deliveryIds }).map(toStoryReceipt),
      ...selectActions
        .all({ ids: JSON.stringify([...ids, ...own]) })
        .map((row) => ({ kind: "action" as const, ...toAction(row) })),
    ];
  };
}
