import type { Found } from "../operator.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { keysOfMessage } from "./dedup-keys.ts";
import { knownAccounts } from "./list-accounts.ts";
import { conversationsOf } from "./peer-names.ts";
import { SENDERS_OF_MESSAGE, type SentMessage, sentMessage } from "./sent-messages.ts";

type FoundRow = ConversationRow & { id: string };

const KINDS = ["event", "turn", "delivery"] as const;

const BY_ID = { event: byId("event"), turn: byId("turn"), delivery: byId("delivery") };

function byId(kind: (typeof KINDS)[number]) {
  return statement<{ id: string }, FoundRow>(`
  SELECT o.${kind}_id AS id, ${CONVERSATION_COLUMNS}
  FROM ${kind} AS o JOIN conversation AS c USING (conversation_id) WHERE o.${kind}_id = :id`);
}

const CONVERSATION = statement<{ id: string }, FoundRow>(
  `SELECT c.conversation_id AS id, ${CONVERSATION_COLUMNS} FROM conversation AS c WHERE c.conversation_id = :id`,
);

const BY_KEY = statement<{ channel: string; account: string; key: string }, { event_id: string }>(
  "SELECT event_id FROM dedup_key WHERE channel = :channel AND account = :account AND key = :key",
);

const BY_MESSAGE = statement<SentMessage, FoundRow>(`
  SELECT d.delivery_id AS id, ${CONVERSATION_COLUMNS}
  FROM delivery AS d JOIN conversation AS c ON c.conversation_id = d.conversation_id
  WHERE d.delivery_id IN (${SENDERS_OF_MESSAGE})`);

export async function search(tx: Transaction, text: string): Promise<readonly Found[]> {
  const found = asFound("conversation", await tx.all(CONVERSATION, { id: text }));
  for (const kind of KINDS) found.push(...asFound(kind, await tx.all(BY_ID[kind], { id: text })));
  found.push(...asFound("delivery", await tx.all(BY_MESSAGE, sentMessage(text))));
  for (const account of await knownAccounts(tx)) found.push(...(await searchAccount(tx, account, text)));
  return [...new Map(found.map((one) => [`${one.kind} ${one.id}`, one])).values()];
}

async function searchAccount(
  tx: Transaction,
  { channel, account }: { channel: string; account: string },
  text: string,
): Promise<Found[]> {
  const peers: FoundRow[] = [];
  for (const id of await conversationsOf(tx, { channel, account, peerId: text })) {
    peers.push(...(await tx.all(CONVERSATION, { id })));
  }
  const events: FoundRow[] = [];
  for (const key of keysOfMessage(text)) {
    for (const { event_id: id } of await tx.all(BY_KEY, { channel, account, key })) {
      events.push(...(await tx.all(BY_ID.event, { id })));
    }
  }
  return [...asFound("conversation", peers), ...asFound("event", events)];
}

function asFound(kind: Found["kind"], rows: readonly FoundRow[]): Found[] {
  return rows.map((row) => ({ kind, id: row.id, conversation: toConversation(row) }));
}
