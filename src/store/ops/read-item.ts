import type { ItemStory } from "../operator.ts";
import {
  inOrder,
  STORY_DELIVERY_COLUMNS,
  STORY_TURN_COLUMNS,
  type StoryDeliveryRow,
  type StoryTurnRow,
} from "../operator-rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { itemOf } from "./item-facts.ts";
import { storyOf } from "./story.ts";

const SELECT_TURN = statement<{ turnId: string }, StoryTurnRow>(
  `SELECT ${STORY_TURN_COLUMNS} FROM turn AS t WHERE t.turn_id = :turnId`,
);

const SELECT_DELIVERY = statement<{ deliveryId: string }, StoryDeliveryRow>(
  `SELECT ${STORY_DELIVERY_COLUMNS} FROM delivery AS d WHERE d.delivery_id = :deliveryId`,
);

export async function readItem(tx: Transaction, id: string): Promise<ItemStory | null> {
  const item = await itemOf(tx, id);
  if (item === null) return null;
  const entries =
    item.kind === "turn"
      ? await storyOf(tx, await tx.all(SELECT_TURN, { turnId: id }))
      : await storyOf(tx, [], await tx.all(SELECT_DELIVERY, { deliveryId: id }));
  return { item, entries: inOrder(entries) };
}
