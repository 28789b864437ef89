/**
 * Goal: receipts, names and messages without a turn are serialised like the rest, though none of them says at first which
 * conversation it is about.
 * Method: two stores with connections of their own, let loose on the same rows again and again. Each of these fails when
 * the lock behind it is taken away.
 */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { postgres } from "../../src/store/postgres/index.ts";
import type { IngestResult, Store } from "../../src/store/store.ts";
import { freshSchema } from "../support/postgres.ts";
import { attemptOf, message, policy, SEND_RETRY, T, texts } from "../support/stores/samples.ts";

let drop: () => Promise<void>;
let one: Store;
let other: Store;
let raw: pg.Client;
beforeAll(async () => {
  const schema = await freshSchema(inject("postgresUrl"), "concurrency_beside");
  drop = schema.drop;
  one = await postgres({ url: schema.url, notify: false });
  other = await postgres({ url: schema.url, notify: false });
  raw = new pg.Client({ connectionString: schema.url });
  await raw.connect();
});
afterAll(async () => {
  await Promise.all([one.close(), other.close(), raw.end()]);
  await drop();
});

function conversationOf(result: IngestResult): string {
  if (result.kind === "duplicate") throw new Error("a new message was taken for a copy");
  return result.conversationId;
}

function named(id: string, own: string | null, lent: string | null) {
  return message(id, { peerId: own ?? lent ?? "", peerNames: { own, lent, formerly: null } });
}

test("somebody new whose names come in at both, not all of them with each, has one conversation", async () => {
  for (let round = 0; round < 30; round++) {
    const [own, lent] = [`US.${round}`, `1555${round}`];
    const results = await Promise.all([
      one.ingest(named(`both ${round}`, own, lent), policy()),
      other.ingest(named(`number ${round}`, null, lent), policy()),
    ]);
    expect(new Set(results.map(conversationOf)).size).toBe(1);
    expect(conversationOf(await one.ingest(named(`later ${round}`, own, null), policy()))).toBe(
      conversationOf(results[0]),
    );
  }
  const { rows } = await raw.query("SELECT name FROM peer_name WHERE conversation_id IS NULL OR slot < 0");
  expect(rows).toEqual([]);
});

test("what one person of several names says at once keeps its order, and the others their group", async () => {
  const said = Array.from({ length: 20 }, (_, index) => named(`order ${index}`, "US.order", "1666"));
  const others = said.map((_, index) => message(`beside ${index}`, { peerId: `beside ${index}` }));
  await Promise.all([...said, ...others].map((event) => one.ingest(event, policy())));
  const { rows } = await raw.query<{ platform_event_id: string }>(
    "SELECT platform_event_id FROM event WHERE sender_id = 'US.order' ORDER BY seq",
  );
  expect(rows.map((row) => row.platform_event_id)).toEqual(said.map((event) => event.platformEventId));
});

test("copies of a receipt that come in at both are news once", async () => {
  for (let round = 0; round < 30; round++) {
    const peerId = `told ${round}`;
    await one.ingest(message(peerId, { peerId }), policy());
    const to = { channel: "line", account: "default", peerId };
    const order = { to, messages: texts("a"), messagesPerCall: 1, key: null, deliverBy: null };
    const [deliveryId = ""] = (await one.queueMessages(order))?.deliveryIds ?? [];
    await one.startAttempt(attemptOf(deliveryId));
    const about = { channel: "line", account: "default", deliveryId, platformMessageIds: [], watermark: null };
    const note = {
      receipt: { ...about, status: "delivered", at: T, failure: null },
      retry: SEND_RETRY,
      chance: 0,
    } as const;
    const noted = await Promise.all([one, other, one, other].map((store) => store.noteReceipt(note)));
    expect(noted.filter(({ deliveries }) => deliveries[0]?.isNews)).toHaveLength(1);
  }
});

test("a message whose sender asks both for it is queued once", async () => {
  for (let round = 0; round < 30; round++) {
    const peerId = `asked ${round}`;
    await one.ingest(message(peerId, { peerId }), policy());
    const to = { channel: "line", account: "default", peerId };
    const order = { to, messages: texts("a", "b"), messagesPerCall: 1, key: "order 1", deliverBy: null };
    const queued = await Promise.all([one, other, one, other].map((store) => store.queueMessages(order)));
    expect(queued.filter((result) => result?.repeated === false)).toHaveLength(1);
    expect(new Set(queued.map((result) => result?.deliveryIds.join())).size).toBe(1);
  }
});
