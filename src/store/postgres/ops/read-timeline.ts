import type { Timeline, TimelineQuery } from "../../operator.ts";
import {
  cursorOf,
  inOrder,
  placeOf,
  STORY_DELIVERY_COLUMNS,
  STORY_TURN_COLUMNS,
  type StoryDeliveryRow,
  type StoryEventRow,
  type StoryTurnRow,
  toStoryEvent,
} from "../../operator-rows.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, EVENT_COLUMNS, toConversation } from "./rows.ts";
import { prepareStory } from "./story.ts";

/** Of which conversation, from when, until when, and how many. */
type Window = [...Key, number, number, number];

/** Of what was said beside the turns a page shows the newest so many. */
const BESIDE_MAX = 500;

export function prepareReadTimeline(context: Context) {
  const { db } = context;
  const storyOf = prepareStory(context);
  const selectConversation = db.prepare<Key, ConversationRow>(
    `SELECT ${CONVERSATION_COLUMNS} FROM conversation AS c WHERE c.slot = $1 AND c.conversation_id = $2`,
  );
  const selectTurns = db.prepare<[...Key, number, number], StoryTurnRow>(`
    SELECT ${STORY_TURN_COLUMNS} FROM turn AS t WHERE t.slot = $1 AND t.conversation_id = $2 AND t.seq < $3
    ORDER BY t.seq DESC LIMIT $4`);
  const selectEvents = db.prepare<Window, StoryEventRow>(`
    SELECT ${EVENT_COLUMNS}, e.turn_id, e.state FROM event AS e
    WHERE e.slot = $1 AND e.conversation_id = $2 AND e.turn_id IS NULL AND e.state = 'stored' AND e.type = 'message'
      AND e.received_at >= $3 AND e.received_at < $4
    ORDER BY e.received_at DESC LIMIT $5`);
  const selectDeliveries = db.prepare<Window, StoryDeliveryRow>(`
    SELECT ${STORY_DELIVERY_COLUMNS} FROM delivery AS d
    WHERE d.slot = $1 AND d.conversation_id = $2 AND d.turn_id IS NULL AND d.created_at >= $3 AND d.created_at < $4
    ORDER BY d.created_at DESC LIMIT $5`);

  return async function readTimeline({ conversationId, limit, before }: TimelineQuery): Promise<Timeline | null> {
    const row = await selectConversation.get(...keyOf(conversationId));
    if (row === undefined) return null;
    // A place here is the oldest turn of the page before: its number, and when it began.
    const place = placeOf(before);
    const seq = place.id === "" ? Number.MAX_SAFE_INTEGER : Number(place.id);
    const turns = await selectTurns.all(...keyOf(conversationId), seq, limit + 1);
    const page = turns.slice(0, limit);
    const oldest = turns.length > limit ? page.at(-1) : undefined;
    const from = oldest?.first_event_at ?? 0;
    const window: Window = [...keyOf(conversationId), from, place.at, BESIDE_MAX];
    const entries = [
      ...(await storyOf(page, await selectDeliveries.all(...window))),
      ...(await selectEvents.all(...window)).map(toStoryEvent),
    ];
    const next = oldest === undefined ? null : cursorOf({ at: oldest.first_event_at, id: String(oldest.seq) });
    return { conversation: toConversation(row), entries: inOrder(entries), next };
  };
}
