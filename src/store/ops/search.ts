import { afterIds } from "../id.ts";
import type { Found, FoundRequests } from "../operator.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { knownAccounts } from "./list-accounts.ts";
import { keysOfMessage } from "./parts/dedup-keys.ts";
import { conversationsOf } from "./parts/peer-ids.ts";
import { SENDERS_OF_MESSAGE, type SentMessage, sentMessage } from "./parts/sent-messages.ts";

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
  found.push(...(await searchPrefix(tx, text)));
  found.push(...asFound("delivery", await tx.all(BY_MESSAGE, sentMessage(text))));
  for (const account of await knownAccounts(tx)) found.push(...(await searchAccount(tx, account, text)));
  return [...new Map(found.map((one) => [`${one.kind} ${one.id}`, one])).values()];
}

/** With fewer digits there would be no end of them: eight are a minute of ids, or one conversation in four thousand million. */
const PREFIX = /^(?:(conv|evt|turn|dlv)_)?([0-9a-f]{8,36})$/;
const OF_A_PREFIX_MAX = 20;

interface Prefix {
  from: string;
  until: string;
  limit: number;
}

const BY_PREFIX = {
  conv: { kind: "conversation", select: byPrefix("conversation") },
  evt: { kind: "event", select: byPrefix("event") },
  turn: { kind: "turn", select: byPrefix("turn") },
  dlv: { kind: "delivery", select: byPrefix("delivery") },
} as const;

function byPrefix(kind: Found["kind"]) {
  return statement<Prefix, FoundRow>(`
  SELECT o.${kind}_id AS id, ${CONVERSATION_COLUMNS}
  FROM ${kind} AS o JOIN conversation AS c ON c.conversation_id = o.conversation_id
  WHERE o.${kind}_id > :from AND o.${kind}_id < :until ORDER BY o.${kind}_id DESC LIMIT :limit`);
}

/** By the first digits of our own ids, with or without the kind before them: a trace's id is the first 32 of a turn's. */
async function searchPrefix(tx: Transaction, text: string): Promise<Found[]> {
  const [, named, digits] = PREFIX.exec(text) ?? [];
  const found: Found[] = [];
  if (digits === undefined) return found;
  for (const [name, { kind, select }] of Object.entries(BY_PREFIX)) {
    if (named !== undefined && named !== name) continue;
    const from = `${name}_${digits}`;
    found.push(...asFound(kind, await tx.all(select, { from, until: afterIds(from), limit: OF_A_PREFIX_MAX })));
  }
  return found;
}

interface NewestAttempt {
  delivery_id: string;
  started_at: number;
  request_id: string | null;
  accepted_request_id: string | null;
}

/** An index would be one more page to write for every message that is sent. */
const ATTEMPTS_MAX = 2_000;

const SELECT_ATTEMPTS = statement<{ until: string; limit: number }, NewestAttempt>(`
  SELECT delivery_id, started_at, request_id, accepted_request_id FROM attempt
  WHERE delivery_id < :until ORDER BY delivery_id DESC, attempt DESC LIMIT :limit`);

export async function searchRequests(tx: Transaction, requestId: string): Promise<FoundRequests> {
  const newest = await tx.all(SELECT_ATTEMPTS, { until: afterIds("dlv_"), limit: ATTEMPTS_MAX });
  const matching = newest.filter((row) => row.request_id === requestId || row.accepted_request_id === requestId);
  const found: Found[] = [];
  for (const id of new Set(matching.map((row) => row.delivery_id))) {
    found.push(...asFound("delivery", await tx.all(BY_ID.delivery, { id })));
  }
  return { found, since: newest.length < ATTEMPTS_MAX ? null : (newest.at(-1)?.started_at ?? null) };
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
