import { conversationId as idOf } from "../../conversation-id.ts";
import type { Found } from "../../operator.ts";
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
    db.prepare<[string], FoundRow>(`
      SELECT o.${kind}_id AS id, ${CONVERSATION_COLUMNS}
      FROM ${kind} AS o JOIN conversation AS c ON c.conversation_id = o.conversation_id WHERE o.${kind}_id = ?`);
  const ours = { event: byId("event"), turn: byId("turn"), delivery: byId("delivery") };
  const conversation = db.prepare<[string], FoundRow>(
    `SELECT c.conversation_id AS id, ${CONVERSATION_COLUMNS} FROM conversation AS c WHERE c.conversation_id = ?`,
  );
  const byName = db.prepare<[string, string, string], FoundRow>(`
    SELECT c.conversation_id AS id, ${CONVERSATION_COLUMNS}
    FROM peer_name AS p JOIN conversation AS c ON c.conversation_id = p.conversation_id
    WHERE p.channel = ? AND p.account = ? AND p.name = ?`);
  const byKey = db.prepare<[string, string, string], { event_id: string }>(
    "SELECT event_id FROM dedup_key WHERE channel = ? AND account = ? AND key = ?",
  );
  const byMessage = db.prepare<[string], FoundRow>(`
    SELECT d.delivery_id AS id, ${CONVERSATION_COLUMNS}
    FROM delivery AS d JOIN conversation AS c ON c.conversation_id = d.conversation_id
    WHERE d.platform_message_ids = ? AND d.platform_message_ids IS NOT NULL AND d.route IN ('session', 'template')`);

  function inAccount(of: { channel: string; account: string }, text: string): Found[] {
    const { channel, account } = of;
    const peers = [
      ...conversation.all(idOf({ channel, account, peerId: text })),
      ...byName.all(channel, account, text),
    ];
    const events = keysFor(text)
      .flatMap((key) => byKey.all(channel, account, key))
      .flatMap(({ event_id: eventId }) => ours.event.all(eventId));
    return [...named("conversation", peers), ...named("event", events)];
  }

  return function search(text: string): readonly Found[] {
    const found = [
      ...named("conversation", conversation.all(text)),
      ...(["event", "turn", "delivery"] as const).flatMap((kind) => named(kind, ours[kind].all(text))),
      ...named("delivery", byMessage.all(JSON.stringify([text]))),
      ...accounts().flatMap((of) => inAccount(of, text)),
    ];
    return [...new Map(found.map((one) => [`${one.kind} ${one.id}`, one])).values()];
  };
}

function named(kind: Found["kind"], rows: readonly FoundRow[]): Found[] {
  return rows.map((row) => ({ kind, id: row.id, conversation: toConversation(row) }));
}
