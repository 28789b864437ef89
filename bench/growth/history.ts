/** Fills a SQLite file with the history of answered turns. */
import Database from "better-sqlite3";
import { conversationId } from "../../src/store/conversation-id.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";

/** People of a history, at most; those of the load are among them. */
const PEOPLE = 100_000;
const DAY_MS = 86_400_000;
/** Rows of a transaction. */
const PART = 50_000;

const TEXT = "こんにちは、営業時間を教えてください 🙂";
const CONTENT = JSON.stringify({ message: { id: "444500000000", type: "text", text: TEXT } });
const RAW = JSON.stringify({
  type: "message",
  mode: "active",
  timestamp: 1_790_000_000_000,
  source: { type: "user", userId: "U".padEnd(33, "0") },
  webhookEventId: "01BENCH0000000000000000000",
  deliveryContext: { isRedelivery: false },
  replyToken: "x".repeat(32),
  message: { id: "444500000000", type: "text", quoteToken: "q".repeat(64), text: TEXT },
});
const MESSAGES = JSON.stringify([{ type: "text", text: "こんにちは。営業時間は十時から十九時までです。" }]);
const BODY = JSON.stringify({ replyToken: "x".repeat(32), messages: JSON.parse(MESSAGES) });

export interface History {
  /** With their answers, or `ready` and not answered yet. Default: `answered`. */
  readonly turns?: "answered" | "ready";
  /** How long ago it began. Default: a month. */
  readonly days?: number;
  readonly people?: number;
  /** The turns after the first one of each person are all of one person. Default: they take turns. */
  readonly isRestOfOne?: boolean;
}

/** That many events, each a turn. */
export async function fill(
  file: string,
  events: number,
  { turns = "answered", days = 30, people: count = Math.min(PEOPLE, events), isRestOfOne = false }: History = {},
): Promise<void> {
  await sqlite({ file }).close();
  const db = new Database(file);
  db.pragma("synchronous = OFF");
  db.pragma("cache_size = -400000");
  const restoreIndexes = dropIndexes(db);
  const insert = statements(db);
  const agoMs = days * DAY_MS;
  const start = Date.now() - agoMs;
  const people = Array.from({ length: count }, (_, index) => {
    const peerId = `U${String(index).padStart(32, "0")}`;
    return { peerId, id: conversationId({ channel: "line", account: "default", peerId }) };
  });
  for (let first = 0; first < events; first += PART) {
    db.transaction(() => {
      for (let n = first; n < Math.min(first + PART, events); n++) {
        const whose = isRestOfOne && n >= people.length ? 0 : n % people.length;
        const { peerId, id } = people[whose] ?? { peerId: "", id: "" };
        if (n < people.length) insert.conversation.run(id, peerId, start);
        const at = start + Math.floor((n * agoMs) / (events + 1));
        const idOf = (prefix: string) => `${prefix}_0190${n.toString(16).padStart(28, "0")}${id.slice(-3)}`;
        const [event, turn, delivery] = [idOf("evt"), idOf("turn"), idOf("dlv")];
        const key = `01PAST${String(n).padStart(12, "0")}`;
        const token = key.padEnd(32, "t");
        insert.key.run(key, event, at);
        insert.event.run(event, id, turn, key, JSON.stringify([key]), at, at, peerId, CONTENT, RAW);
        if (turns === "ready") {
          insert.ready.run(turn, id, at, at + 1_500, at + 1_500);
          continue;
        }
        insert.token.run(event, id, turn, token, at, at + 50_000, delivery);
        insert.turn.run(turn, id, at, at + 1_500, at + 1_500, at + 1_501, at + 1_501, at + 2_000);
        insert.delivery.run(delivery, id, turn, MESSAGES, at + 2_000, at + 2_100, at + 2_100, `["4612${n}"]`);
        insert.attempt.run(delivery, token, BODY, at + 2_000, at + 2_100);
      }
    })();
  }
  restoreIndexes();
  db.exec("ANALYZE");
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

function statements(db: Database.Database) {
  return {
    conversation:
      db.prepare(`INSERT INTO conversation (conversation_id, channel, account, kind, peer_id, fence, created_at)
      VALUES (?, 'line', 'default', 'user', ?, 100, ?)`),
    key: db.prepare(`INSERT INTO dedup_key (channel, account, key, event_id, created_at)
      VALUES ('line', 'default', ?, ?, ?)`),
    event:
      db.prepare(`INSERT INTO event (event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type,
        sent_at, received_at, redelivered, sender_id, content, raw)
      VALUES (?, ?, ?, 'accepted', ?, ?, 'message', ?, ?, 0, ?, ?, ?)`),
    token:
      db.prepare(`INSERT INTO reply_token (event_id, conversation_id, turn_id, token, received_at, expires_at, state,
        delivery_id)
      VALUES (?, ?, ?, ?, ?, ?, 'spent', ?)`),
    turn: db.prepare(`INSERT INTO turn (turn_id, conversation_id, of_account, state, quiet_ms, max_wait_ms, max_events, first_event_at,
        due_at, sealed_at, attempt, fence, first_claimed_at, claimed_at, ended_at, replied)
      VALUES (?, ?, 'line/default', 'done', 1500, 8000, 50, ?, ?, ?, 1, 1, ?, ?, ?, 1)`),
    ready:
      db.prepare(`INSERT INTO turn (turn_id, conversation_id, of_account, state, quiet_ms, max_wait_ms, max_events, first_event_at,
        due_at, sealed_at)
      VALUES (?, ?, 'line/default', 'ready', 1500, 8000, 50, ?, ?, ?)`),
    delivery:
      db.prepare(`INSERT INTO delivery (delivery_id, conversation_id, of_account, turn_id, state, messages, route, attempts,
        created_at, state_since, ended_at, platform_message_ids)
      VALUES (?, ?, 'line/default', ?, 'sent', ?, 'reply', 1, ?, ?, ?, ?)`),
    attempt:
      db.prepare(`INSERT INTO attempt (delivery_id, attempt, route, token, path, body, owner, started_at, ended_at,
        outcome, status)
      VALUES (?, 1, 'reply', ?, '/v2/bot/message/reply', ?, 'owner_of_the_past', ?, ?, 'sent', 200)`),
  };
}

/** Making them again at the end takes a fraction of the time. */
function dropIndexes(db: Database.Database): () => void {
  const made = db
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
    )
    .all();
  for (const { name } of made) db.exec(`DROP INDEX ${name}`);
  return () => {
    for (const { sql } of made) db.exec(sql);
  };
}
