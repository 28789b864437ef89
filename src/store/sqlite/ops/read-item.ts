import type { ItemStory } from "../../operator.ts";
import {
  inOrder,
  STORY_DELIVERY_COLUMNS,
  STORY_TURN_COLUMNS,
  type StoryDeliveryRow,
  type StoryTurnRow,
} from "../../operator-rows.ts";
import type { Context } from "./context.ts";
import { prepareItemFacts } from "./item-facts.ts";
import { prepareStory } from "./story.ts";

export function prepareReadItem(context: Context) {
  const { db } = context;
  const itemOf = prepareItemFacts(context);
  const storyOf = prepareStory(context);
  const selectTurn = db.prepare<[string], StoryTurnRow>(
    `SELECT ${STORY_TURN_COLUMNS} FROM turn AS t WHERE t.turn_id = ?`,
  );
  const selectDelivery = db.prepare<[string], StoryDeliveryRow>(
    `SELECT ${STORY_DELIVERY_COLUMNS} FROM delivery AS d WHERE d.delivery_id = ?`,
  );

  return function readItem(id: string): ItemStory | null {
    const item = itemOf(id);
    if (item === null) return null;
    const entries = item.kind === "turn" ? storyOf(selectTurn.all(id)) : storyOf([], selectDelivery.all(id));
    return { item, entries: inOrder(entries) };
  };
}
