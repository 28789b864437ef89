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
import { slotOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { EVENT_COLUMNS } from "./rows.ts";

type Ids = [slot: number, ids: readonly string[]];

/** All of them are of one conversation, and so of one slot. */
function listed(ids: readonly string[]): Ids {
  return [slotOf(ids[0] ?? ""), ids];
}

/** The part of `readTimeline` and `readItem` that tells what happened to turns and deliveries. */
export function prepareStory({ db }: Context) {
  const selectEvents = db.prepare<Ids, StoryEventRow>(`
    SELECT ${EVENT_COLUMNS}, e.turn_id, e.state FROM event AS e WHERE e.slot = $1 AND e.turn_id = ANY ($2::text[]) ORDER BY e.seq`);
  const selectDeliveries = db.prepare<Ids, StoryDeliveryRow>(`
    SELECT ${STORY_DELIVERY_COLUMNS} FROM delivery AS d WHERE d.slot = $1 AND d.turn_id = ANY ($2::text[]) ORDER BY d.seq`);
  const selectAttempts = db.prepare<Ids, StoryAttemptRow>(`
    SELECT ${STORY_ATTEMPT_COLUMNS} FROM attempt AS a WHERE a.slot = $1 AND a.delivery_id = ANY ($2::text[])
    ORDER BY a.delivery_id, a.attempt`);
  const selectReceipts = db.prepare<Ids, StoryReceiptRow>(`
    SELECT ${STORY_RECEIPT_COLUMNS} FROM receipt AS r WHERE r.slot = $1 AND r.delivery_id = ANY ($2::text[])
    ORDER BY r.received_at`);
  const selectActions = db.prepare<Ids, ActionRow>(`
    SELECT ${ACTION_COLUMNS} FROM operator_action AS o WHERE o.slot = $1 AND o.item_id = ANY ($2::text[]) ORDER BY o.at`);

  return async function storyOf(
    turns: readonly StoryTurnRow[],
    beside: readonly StoryDeliveryRow[] = [],
  ): Promise<StoryEntry[]> {
    const ids = turns.map((row) => row.turn_id);
    const deliveries = [...(await selectDeliveries.all(...listed(ids))), ...beside];
    const own = deliveries.map((row) => row.delivery_id);
    const [events, attempts, receipts, actions] = await Promise.all([
      selectEvents.all(...listed(ids)),
      selectAttempts.all(...listed(own)),
      selectReceipts.all(...listed(own)),
      selectActions.all(...listed([...ids, ...own])),
    ]);
    return [
      ...turns.map(toStoryTurn),
      ...events.map(toStoryEvent),
      ...deliveries.map(toStoryDelivery),
      ...attempts.map(toStoryAttempt),
      ...receipts.map(toStoryReceipt),
      ...actions.map((row) => ({ kind: "action" as const, ...toAction(row) })),
    ];
  };
}
