/**
 * Goal: what a sweep has found and another process has changed since is left alone (G4, G6, G8).
 * Method: the row of the conversation is held while the sweep comes to it, and what it found is changed under that lock.
 */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { postgres } from "../../src/store/postgres/index.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "../e2e/support/eventually.ts";
import { freshSchema, patient } from "../support/postgres.ts";
import {
  attemptOf,
  DAY,
  LEASE_MS,
  message,
  outgoing,
  policy,
  RETENTION,
  report,
  SEND_RETRY,
  TURN_RETRY,
} from "../support/stores/samples.ts";

let drop: () => Promise<void>;
let store: Store;
let raw: pg.Client;
let watcher: pg.Client;
beforeAll(async () => {
  const schema = await freshSchema(inject("postgresUrl"), "second_look");
  drop = schema.drop;
  store = await postgres({ url: patient(schema.url), notify: false });
  [raw, watcher] = [new pg.Client(schema.url), new pg.Client(schema.url)];
  await Promise.all([raw.connect(), watcher.connect()]);
});
afterAll(async () => {
  await Promise.all([store.close(), raw.end(), watcher.end()]);
  await drop();
});

/** Does `change` when `sweep` waits for the row of the conversation. */
async function meanwhile<T>(conversationId: string, sweep: () => Promise<T>, change: string): Promise<T> {
  await raw.query("BEGIN");
  await raw.query("SELECT 1 FROM conversation WHERE conversation_id = $1 FOR UPDATE", [conversationId]);
  const { rows } = await raw.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const swept = sweep();
  swept.catch(() => undefined);
  await eventually(async () => {
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))";
    expect((await watcher.query(waiting, [rows[0]?.pid])).rowCount).toBe(1);
  });
  await raw.query(change);
  await raw.query("COMMIT");
  return await swept;
}

let people = 0;
async function claimed(owner: string, leaseMs: number) {
  const peerId = `person ${++people}`;
  const taken = await store.ingest(message(peerId, { peerId, effect: "collect-now" }), policy());
  const turnId = taken.kind === "accepted" ? (taken.turnId ?? "") : "";
  const turn = await store.claimTurn({ turnId, owner, leaseMs });
  if (turn === null || turn === "empty") throw new Error("not claimed");
  return turn;
}

/** A call that is on its way, or the answer to it. */
async function called(owner: string, leaseMs: number, isSent = false) {
  const turn = await claimed("one", LEASE_MS);
  const { turnId, fence, conversation } = turn;
  const { deliveryIds } = await store.answerTurn({
    turnId,
    fence,
    messages: outgoing("said"),
    messagesPerCall: 5,
    done: true,
  });
  const [deliveryId = ""] = deliveryIds;
  const attempt = await store.startAttempt(attemptOf(deliveryId, { owner, leaseMs }));
  if (attempt?.kind !== "send") throw new Error("not sent");
  if (isSent)
    await store.settleAttempt({ deliveryId, attempt: 1, report: report("sent"), retry: SEND_RETRY, random: 0 });
  return { turnId, deliveryId, conversationId: conversation.conversationId };
}

async function row(table: "turn" | "delivery", id: string) {
  return (await raw.query(`SELECT * FROM ${table} WHERE ${table}_id = $1`, [id])).rows[0];
}

const purge = () => store.purge({ ...RETENTION, contentMs: DAY });
const expire = () => store.expireLeases({ limit: 100, retry: TURN_RETRY, random: 0 });

test("a turn whose lease was renewed goes on", async () => {
  const { turnId, conversation } = await claimed("one", 1);
  const renewed = "UPDATE turn SET lease_expires_at = lease_expires_at + 60000 WHERE state = 'leased'";
  expect(await meanwhile(conversation.conversationId, expire, renewed)).toMatchObject({ turnsReady: 0, turnsDead: 0 });
  expect(await row("turn", turnId)).toMatchObject({ state: "leased" });
});

test("a call that was settled and is made again goes on", async () => {
  const { deliveryId, conversationId } = await called("one", 1);
  const again = "UPDATE delivery SET lease_expires_at = lease_expires_at + 60000 WHERE state = 'sending'";
  expect(await meanwhile(conversationId, expire, again)).toMatchObject({ attemptsUnknown: [] });
  expect(await row("delivery", deliveryId)).toMatchObject({ state: "sending" });
});

test("a process that is heard of again keeps its turn and its call", async () => {
  const { turnId, conversation } = await claimed("silent", LEASE_MS);
  const { deliveryId, conversationId } = await called("silent too", LEASE_MS);
  const back = (owner: string) => `UPDATE owner SET expires_at = 9e15 WHERE owner = '${owner}'`;
  for (const owner of ["silent", "silent too"]) await store.heartbeat?.(owner);
  await store.deregister?.("silent");
  await meanwhile(conversation.conversationId, expire, back("silent"));
  expect(await row("turn", turnId)).toMatchObject({ state: "leased" });
  await store.deregister?.("silent too");
  await meanwhile(conversationId, expire, back("silent too"));
  expect(await row("delivery", deliveryId)).toMatchObject({ state: "sending" });
});

/** The platform says that it failed, while retention comes to its words. */
async function failsMeanwhile(conversationId: string, deliveryId: string) {
  const failed = `UPDATE delivery SET state = 'pending', ended_at = NULL WHERE delivery_id = '${deliveryId}'`;
  await meanwhile(conversationId, purge, failed);
  return await row("delivery", deliveryId);
}

test("an answer that is to be sent again keeps its words", async () => {
  const { turnId, deliveryId, conversationId } = await called("one", LEASE_MS, true);
  await raw.query("UPDATE turn SET ended_at = 1 WHERE turn_id = $1", [turnId]);
  await raw.query("UPDATE delivery SET ended_at = 1 WHERE delivery_id = $1", [deliveryId]);
  const kept = { content_deleted: 0, messages: expect.stringContaining("said") };
  expect(await failsMeanwhile(conversationId, deliveryId)).toMatchObject(kept);
});

test("an answer that no turn asked for and that is to be sent again keeps its words", async () => {
  const { conversationId } = await called("one", LEASE_MS, true);
  const to = { channel: "line", account: "default", peerId: `person ${people}` };
  const order = { to, messages: outgoing("unasked"), messagesPerCall: 5, key: null, deliverBy: null };
  const [deliveryId = ""] = (await store.queueMessages(order))?.deliveryIds ?? [];
  await raw.query("UPDATE delivery SET state = 'sent', ended_at = 1 WHERE delivery_id = $1", [deliveryId]);
  const kept = { content_deleted: 0, messages: expect.stringContaining("unasked") };
  expect(await failsMeanwhile(conversationId, deliveryId)).toMatchObject(kept);
});
