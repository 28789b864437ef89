import type { ItemStory } from "../../operator.ts";
import {
  inOrder,
  STORY_DELIVERY_COLUMNS,
  STORY_TURN_COLUMNS,
  type StoryDeliveryRow,
  type StoryTurnRow,
} from "../../operator-rows.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareItemFacts } from "./item-facts.ts";
import { prepareStory } from "./story.ts";

export function prepareReadItem(context: Context) {
  const { db } = context;
  const itemOf = prepareItemFacts(context);
  const storyOf = prepareStory(context);
  const selectTurn = db.prepare<Key, StoryTurnRow>(
    `SELECT ${STORY_TURN_COLUMNS} FROM turn AS t WHERE t.slot = $1 AND t.turn_id = $2`,
  );
  const selectDelivery = db.prepare<Key, StoryDeliveryRow>(
    `SELECT ${STORY_DELIVERY_COLUMNS} FROM delivery AS d WHERE d.slot = $1 AND d.delivery_id = $2`,
  );

  return async function readItem(id: string): Promise<ItemStory | null> {
    const item = await itemOf(id);
    if (item === null) return null;
    const entries =
      item.kind === "turn"
        ? await storyOf(await selectTurn.all(...keyOf(id)))
        : await storyOf([], await selectDelivery.all(...keyOf(id)));
    return { item, entries: inOrder(entries) };
  };
}
