/** Fills a database with the history of answered turns, by SQL. */
import pg from "pg";

const EVENTS_PER_TURN = 2;
/** Number of people in the history; they write again. */
const PEOPLE = 100_000;

/** Events per INSERT, which bounds the memory. */
const PART = 250_000;

const BODY = `{"replyToken":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","messages":[{"type":"text","text":"こんにちは。営業時間は十時から十九時までです。"}]}`;
const RAW = `{"type":"message","mode":"active","timestamp":1790000000000,"source":{"type":"user","userId":"U00000000000000000000000000000000"},"webhookEventId":"01BENCH0000000000000000000","deliveryContext":{"isRedelivery":false},"message":{"id":"444500000000","type":"text","quoteToken":"${"q".repeat(64)}","text":"こんにちは、営業時間を教えてください 🙂"}}`;
const CONTENT = `{"kind":"text","messageId":"444500000000","text":"こんにちは、営業時間を教えてください 🙂"}`;

/** Conversation number and id suffix of the n-th row. */
const IDS = `
  CREATE OR REPLACE FUNCTION bench_conversation(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT 'conv_' || md5('person ' || (n % ${PEOPLE})) $$;
  CREATE OR REPLACE FUNCTION bench_id(prefix text, n bigint, turn bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT prefix || '_0190' || lpad(to_hex(n), 28, '0') || right(bench_conversation(turn), 3) $$`;

const CONVERSATIONS = `
  INSERT INTO conversation (conversation_id, channel, account, kind, peer_id, fence, created_at)
  SELECT bench_conversation(n), 'line', 'default', 'user', 'Ubench' || n, 100, 1790000000000
  FROM generate_series(0, $1::bigint - 1) AS n`;

/** Parameters: the first and the last number. */
const PARTS = [
  `INSERT INTO event (event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at,
                      received_at, redelivered, sender_id, content, raw)
   SELECT bench_id('evt', n, n / ${EVENTS_PER_TURN}),
          bench_conversation(n / ${EVENTS_PER_TURN}), bench_id('turn', n / ${EVENTS_PER_TURN}, n / ${EVENTS_PER_TURN}),
          'accepted', '01PAST' || n, '["01PAST' || n || '"]', 'message', 1790000000000 + n, 1790000000000 + n, 0,
          'Ubench' || (n % ${PEOPLE}), $3, $4
   FROM generate_series($1::bigint, $2::bigint) AS n`,
  `INSERT INTO dedup_key (channel, account, key, event_id, created_at)
   SELECT 'line', 'default', '01PAST' || lpad(n::text, 12, '0'),
          bench_id('evt', n, n / ${EVENTS_PER_TURN}), 1790000000000 + n
   FROM generate_series($1::bigint, $2::bigint) AS n`,
  `INSERT INTO reply_token (event_id, conversation_id, turn_id, token, received_at, expires_at, state, delivery_id)
   SELECT bench_id('evt', n, n / ${EVENTS_PER_TURN}),
          bench_conversation(n / ${EVENTS_PER_TURN}), bench_id('turn', n / ${EVENTS_PER_TURN}, n / ${EVENTS_PER_TURN}),
          md5(n::text), 1790000000000 + n, 1790000050000 + n,
          CASE WHEN n % ${EVENTS_PER_TURN} = 0 THEN 'unused' ELSE 'spent' END,
          CASE WHEN n % ${EVENTS_PER_TURN} = 0 THEN NULL
               ELSE bench_id('dlv', n / ${EVENTS_PER_TURN}, n / ${EVENTS_PER_TURN}) END
   FROM generate_series($1::bigint, $2::bigint) AS n`,
] as const;

const TURNS = [
  `INSERT INTO turn (turn_id, conversation_id, of_account, state, quiet_ms, max_wait_ms, max_events, first_event_at, due_at,
                     sealed_at, attempt, fence, first_claimed_at, claimed_at, ended_at, replied)
   SELECT bench_id('turn', n, n), bench_conversation(n), 'line/default', 'done', 1500, 8000, 50, 1790000000000 + n,
          1790000001500 + n, 1790000001500 + n, 1, 1, 1790000001501 + n, 1790000001501 + n, 1790000002000 + n, 1
   FROM generate_series($1::bigint, $2::bigint) AS n`,
  `INSERT INTO delivery (delivery_id, conversation_id, of_account, turn_id, state, messages, route, attempts, created_at,
                         state_since, ended_at, platform_message_ids)
   SELECT bench_id('dlv', n, n), bench_conversation(n), 'line/default', bench_id('turn', n, n), 'sent', $3, 'reply', 1,
          1790000002000 + n, 1790000002100 + n, 1790000002100 + n, '["4612' || n || '"]'
   FROM generate_series($1::bigint, $2::bigint) AS n`,
  `INSERT INTO attempt (delivery_id, attempt, route, token, path, body, owner, started_at, ended_at, outcome, status)
   SELECT bench_id('dlv', n, n), 1, 'reply', md5((2 * n + 1)::text), '/v2/bot/message/reply', $3,
          'owner_of_the_past', 1790000002000 + n, 1790000002100 + n, 'sent', 200
   FROM generate_series($1::bigint, $2::bigint) AS n`,
] as const;

/** Fills a migrated database, and vacuums and analyzes it. */
export async function fill(url: string, events: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SET synchronous_commit = off");
    await client.query(IDS);
    const restoreIndexes = await dropIndexes(client);
    const turns = Math.ceil(events / EVENTS_PER_TURN);
    await client.query(CONVERSATIONS, [Math.min(PEOPLE, turns)]);
    for (let first = 0; first < events; first += PART) {
      const last = Math.min(first + PART, events) - 1;
      await client.query(PARTS[0], [first, last, CONTENT, RAW]);
      await client.query(PARTS[1], [first, last]);
      await client.query(PARTS[2], [first, last]);
    }
    for (let first = 0; first < turns; first += PART) {
      const last = Math.min(first + PART, turns) - 1;
      await client.query(TURNS[0], [first, last]);
      await client.query(TURNS[1], [first, last, BODY]);
      await client.query(TURNS[2], [first, last, BODY]);
    }
    await restoreIndexes();
    await client.query("VACUUM (ANALYZE)");
    await client.query("CHECKPOINT");
  } finally {
    await client.end();
  }
}

/** Drops all indexes but the keys: recreating them at the end takes a fraction of the time. */
async function dropIndexes(client: pg.Client): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ name: string; definition: string }>(`
    SELECT indexname AS name, indexdef AS definition FROM pg_indexes
    WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)`);
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return async () => {
    await client.query("SET maintenance_work_mem = '512MB'");
    for (const { definition } of rows) await client.query(definition);
  };
}
