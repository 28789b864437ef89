/**
 * Goal: an operation whose conversation somebody else holds waits for that lock, alone: none that came with it waits,
 * and none runs without the lock (G6, G12).
 * Method: a row is held by hand while operations of many conversations arrive together.
 */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { postgres } from "../../src/store/postgres/index.ts";
import type { Store } from "../../src/store/store.ts";
import { freshSchema, patient } from "../support/postgres.ts";
import { message, policy } from "../support/stores/samples.ts";

let drop: () => Promise<void>;
let store: Store;
let raw: pg.Client;
beforeAll(async () => {
  const schema = await freshSchema(inject("postgresUrl"), "group_commit");
  drop = schema.drop;
  store = await postgres({ url: patient(schema.url), notify: false });
  raw = new pg.Client(schema.url);
  await raw.connect();
});
afterAll(async () => {
  await Promise.all([store.close(), raw.end()]);
  await drop();
});

const say = (id: string, peerId: string) => store.ingest(message(id, { peerId }), policy());

test("what waits for somebody's lock holds up nothing that came with it, and goes on behind the lock", async () => {
  const known = await say("known", "held");
  const conversationId = known.kind === "duplicate" ? "" : known.conversationId;
  await raw.query("BEGIN");
  await raw.query("SELECT 1 FROM conversation WHERE conversation_id = $1 FOR UPDATE", [conversationId]);
  const ended: string[] = [];
  const held = ["first", "second"].map((id) => say(id, "held").then(() => ended.push(id)));
  // So many that some share its transaction, however conversations are spread.
  await Promise.all(Array.from({ length: 16 }, (_, index) => say(`beside ${index}`, `beside ${index}`)));
  expect(ended).toEqual([]);
  await raw.query("COMMIT");
  await Promise.all(held);
  expect(ended).toEqual(["first", "second"]);
  const { rows } = await raw.query<{ platform_event_id: string }>(
    "SELECT platform_event_id FROM event WHERE conversation_id = $1 ORDER BY seq",
    [conversationId],
  );
  expect(rows.map((row) => row.platform_event_id)).toEqual(["evt-known", "evt-first", "evt-second"]);
});
