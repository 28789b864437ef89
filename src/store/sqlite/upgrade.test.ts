/**
 * Goal: a newer program takes over a file of any earlier version with what waits in it, and loses and repeats nothing.
 * Method: a file as each earlier version made it, with a turn, its event, its key and its free answer, written by hand.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { message, policy } from "../../../test/support/stores/samples.ts";
import { systemChance } from "../../runtime/chance.ts";
import { conversationId as idOf } from "../conversation-id.ts";
import { sqlite } from "./index.ts";
import { MIGRATIONS } from "./migrations/embedded.generated.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-upgrade-"));
  file = join(folder, "turnpike.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const event = message("m1");
const conversationId = idOf(event.conversation);
const [turnId, eventId] = ["turn_waiting", "evt_waiting"];

/** The file of a program that knew so many migrations. */
function fileOf(version: number): void {
  const db = new Database(file);
  db.pragma("journal_mode = WAL");
  for (const { sql } of MIGRATIONS.slice(0, version)) db.exec(sql);
  db.pragma(`user_version = ${version}`);
  const { channel, account, kind, peerId } = event.conversation;
  const at = Date.now() - 60_000;
  const insert = (table: string, row: Readonly<Record<string, string | number>>) => {
    const names = Object.keys(row);
    db.prepare(`INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => "?").join()})`).run(
      Object.values(row),
    );
  };
  insert("conversation", { conversation_id: conversationId, channel, account, kind, peer_id: peerId, created_at: at });
  insert("turn", {
    ...{ turn_id: turnId, conversation_id: conversationId, state: "ready", quiet_ms: 0, max_wait_ms: 0, max_events: 1 },
    ...{ first_event_at: at, due_at: at, sealed_at: at },
  });
  insert("event", {
    ...{ event_id: eventId, conversation_id: conversationId, turn_id: turnId, state: "accepted", type: event.type },
    ...{ platform_event_id: event.platformEventId, dedup_keys: JSON.stringify(event.dedupKeys), redelivered: 0 },
    ...{ sent_at: at, received_at: at, content: JSON.stringify(event.content), raw: JSON.stringify(event.raw) },
  });
  for (const key of event.dedupKeys) {
    insert("dedup_key", { channel, account, key, event_id: eventId, created_at: at });
  }
  insert("reply_token", {
    ...{ event_id: eventId, conversation_id: conversationId, turn_id: turnId, token: "a free answer", state: "unused" },
    ...{ received_at: at, expires_at: at + 3_600_000 },
  });
  db.close();
}

test.each(MIGRATIONS.slice(0, -1).map(({ version, name }) => ({ version, name })))(
  "a file of schema $version ($name) is brought up, its turn is handed out, and a late copy is known",
  async ({ version }) => {
    fileOf(version);
    const store = sqlite({ file, chance: systemChance() });
    expect((await store.readyTurns(10)).due).toEqual([turnId]);
    const turn = await store.claimTurn({
      turnId,
      owner: "owner_new",
      leaseMs: 60_000,
      context: { maxEvents: 0, maxAgeMs: 0 },
    });
    expect(turn).toMatchObject({ turnId, attempt: 1, events: [{ eventId, platformEventId: event.platformEventId }] });
    expect(await store.ingest({ ...event, redelivered: true }, policy())).toMatchObject({ kind: "duplicate", eventId });
    await store.close();
    const after = new Database(file, { readonly: true });
    expect(after.pragma("user_version", { simple: true })).toBe(MIGRATIONS.at(-1)?.version);
    expect(after.prepare("SELECT token, state FROM reply_token").all()).toEqual([
      { token: "a free answer", state: "unused" },
    ]);
    after.close();
  },
);
