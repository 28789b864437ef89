import { conversationId as idOf } from "../../conversation-id.ts";
import type { Found } from "../../operator.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareAccounts } from "./list-accounts.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "./rows.ts";

type FoundRow = ConversationRow & { id: string };

/** What a platform's id of a message may be as a key of its event. */
const keysFor = (text: string) => [text, `message:${text}`];

export function prepareSearch(context: Context) {
  const { db } = context;
  const accounts = prepareAccounts(context);
  const byId = (kind: "event" | "turn" | "delivery") =>
    db.prepare<Key, FoundRow>(`
      SELECT o.${kind}_id AS id, ${CONVERSATION_COLUMNS}
      FROM ${kind} AS o JOIN conversation AS c USING (slot, conversation_id)
      WHERE o.slot = $1 AND o.${kind}_id = $2`);
  const ours = { event: byId("event"), turn: byId("turn"), delivery: byId("delivery") };
  const conversation = db.prepare<Key, FoundRow>(
    `SELECT c.conversation_id AS id, ${CONVERSATION_COLUMNS} FROM conversation AS c WHERE c.slot = $1 AND c.conversation_id = $2`,
  );
  const byName = db.prepare<[string, string, string], FoundRow>(`
    SELECT c.conversation_id AS id, ${CONVERSATION_COLUMNS}
    FROM peer_name AS p JOIN conversation AS c USING (slot, conversation_id)
    WHERE p.channel = $1 AND p.account = $2 AND p.name = $3`);
  const byKey = db.prepare<[string, string, string], { event_id: string }>(
    "SELECT event_id FROM dedup_key WHERE channel = $1 AND account = $2 AND key = $3",
  );
  const byMessage = db.prepare<[string], FoundRow>(`
    SELECT d.delivery_id AS id, ${CONVERSATION_COLUMNS}
    FROM delivery AS d JOIN conversation AS c ON c.slot = d.slot AND c.conversation_id = d.conversation_id
    WHERE d.platform_message_ids = $1 AND d.platform_message_ids IS NOT NULL AND d.route IN ('session', 'template')`);

  async function inAccount(of: { channel: string; account: string }, text: string): Promise<Found[]> {
    const { channel, account } = of;
    const peers = [
      ...(await conversation.all(...keyOf(idOf({ channel, account, peerId: text })))),
      ...(await byName.all(channel, account, text)),
    ];
    const events: FoundRow[] = [];
    for (const key of keysFor(text)) {
      for (const { event_id: eventId } of await byKey.all(channel, account, key)) {
        events.push(...(await ours.event.all(...keyOf(eventId))));
      }
    }
    return [...named("conversation", peers), ...named("event", events)];
  }

  return async function search(text: string): Promise<readonly Found[]> {
    const found = named("conversation", await conversation.all(...keyOf(text)));
    for (const kind of ["event", "turn", "delivery"] as const) {
      found.push(...named(kind, await ours[kind].all(...keyOf(text))));
    }
    found.push(...named("delivery", await byMessage.all(JSON.stringify([text]))));
    for (const of of await accounts()) found.push(...(await inAccount(of, text)));
    return [...new Map(found.map((one) => [`${one.kind} ${one.id}`, one])).values()];
  };
}

function named(kind: Found["kind"], rows: readonly FoundRow[]): Found[] {
  return rows.map((row) => ({ kind, id: row.id, conversation: toConversation(row) }));
}
