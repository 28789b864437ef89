/** A database with a past, written behind the gateway's back while it is stopped: thousands of turns in a second. */
import Database from "better-sqlite3";
import { conversationId } from "../../../src/store/conversation-id.ts";

/** What a person said on LINE, and the bot repeated. */
export interface Said {
  readonly peerId: string;
  readonly text: string;
}

export function conversationOf(peerId: string): string {
  return conversationId({ channel: "line", account: "default", peerId });
}

/** Each is said so long after the one before, and is answered before the next, in ms. */
const EACH_MS = 1_000;
/** The newest so long ago: far less than anything is kept. */
const AGO_MS = 60_000;

/** Of a turn that was answered. */
const ROWS = [
  `INSERT INTO conversation (conversation_id, channel, account, kind, peer_id, fence, created_at)
   VALUES (@conversation, 'line', 'default', 'user', @peerId, @fence, @at)
   ON CONFLICT (conversation_id) DO UPDATE SET fence = excluded.fence`,
  `INSERT INTO dedup_key (channel, account, key, event_id, created_at) VALUES ('line', 'default', @key, @event, @at)`,
  `INSERT INTO event (event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at, received_at,
     redelivered, sender_id, content, raw)
   VALUES (@event, @conversation, @turn, 'accepted', @key, @keys, 'message', @at, @at, 0, @peerId, @content, @raw)`,
  `INSERT INTO turn (turn_id, conversation_id, of_account, state, quiet_ms, max_wait_ms, max_events, first_event_at, due_at,
     sealed_at, attempt, fence, first_claimed_at, claimed_at, ended_at, replied)
   VALUES (@turn, @conversation, 'line/default', 'done', 100, 8000, 50, @at, @sealedAt, @sealedAt, 1, @fence, @claimedAt,
     @claimedAt, @answeredAt, 1)`,
  `INSERT INTO reply_token (event_id, conversation_id, turn_id, token, received_at, expires_at, state, delivery_id)
   VALUES (@event, @conversation, @turn, @token, @at, @tokenUntil, 'spent', @delivery)`,
  `INSERT INTO delivery (delivery_id, conversation_id, of_account, turn_id, state, messages, route, attempts, created_at,
     state_since, ended_at, platform_message_ids)
   VALUES (@delivery, @conversation, 'line/default', @turn, 'sent', @messages, 'reply', 1, @answeredAt, @sentAt, @sentAt, @sent)`,
  `INSERT INTO attempt (delivery_id, attempt, route, token, path, body, owner, started_at, ended_at, outcome, status)
   VALUES (@delivery, 1, 'reply', @token, '/v2/bot/message/reply', @body, 'owner_of_the_past', @answeredAt, @sentAt, 'sent', 200)`,
];

/** Oldest first. Each is a turn of its own, with its answer. */
export function writePast(file: string, past: readonly Said[]): void {
  const db = new Database(file);
  try {
    const inserts = ROWS.map((sql) => db.prepare(sql));
    const begin = Date.now() - AGO_MS - past.length * EACH_MS;
    const fences = new Map<string, number>();
    db.transaction(() => {
      for (const [number, said] of past.entries()) {
        const fence = (fences.get(said.peerId) ?? 0) + 1;
        fences.set(said.peerId, fence);
        const values = valuesOf(said, { number, fence, at: begin + number * EACH_MS });
        for (const insert of inserts) insert.run(values);
      }
    })();
  } finally {
    db.close();
  }
}

interface Place {
  readonly number: number;
  /** Which of the person's turns it is. */
  readonly fence: number;
  readonly at: number;
}

function valuesOf({ peerId, text }: Said, { number, fence, at }: Place) {
  const conversation = conversationOf(peerId);
  const digits = number.toString(16).padStart(28, "0");
  // As ids are: in the order of time, with the conversation's last digits. A newer one of the gateway's comes after them.
  const idOf = (prefix: string) => `${prefix}_0190${digits}${conversation.slice(-3)}`;
  const key = `01PAST${String(number).padStart(20, "0")}`;
  const token = key.padEnd(32, "t");
  const message = { id: String(444_500_000_000 + number), type: "text", text };
  const messages = [{ type: "text", text: `re: ${text}` }];
  const source = { type: "user", userId: peerId };
  return {
    conversation,
    peerId,
    fence,
    key,
    token,
    event: idOf("evt"),
    turn: idOf("turn"),
    delivery: idOf("dlv"),
    keys: JSON.stringify([key]),
    content: JSON.stringify({ message }),
    raw: JSON.stringify({ type: "message", timestamp: at, source, webhookEventId: key, replyToken: token, message }),
    messages: JSON.stringify(messages),
    body: JSON.stringify({ replyToken: token, messages }),
    sent: JSON.stringify([String(461_200_000_000 + number)]),
    at,
    tokenUntil: at + 60_000,
    sealedAt: at + 100,
    claimedAt: at + 101,
    answeredAt: at + 200,
    sentAt: at + 300,
  };
}
