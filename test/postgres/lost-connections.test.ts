/**
 * Goal: a connection that breaks, even while it commits, loses and doubles nothing: what was committed is told so, and
 * what was not changes nothing (G1, G8, G10).
 * Method: the store talks to the server over a wire that the test disconnects before or behind a COMMIT.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Unavailable } from "../../src/core/errors.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "../e2e/support/eventually.ts";
import { freshSchema } from "../support/postgres.ts";
import { type Wire, wireTo } from "../support/postgres-proxy.ts";
import { message, outgoing, policy } from "../support/stores/samples.ts";

let url: string;
let drop: () => Promise<void>;
let wire: Wire;
let store: Store;
let raw: pg.Client;
beforeAll(async () => {
  ({ url, drop } = await freshSchema(inject("postgresUrl"), "lost_connections"));
  wire = await wireTo(url);
  store = await postgres({ url: wire.url, notify: false });
  raw = new pg.Client({ connectionString: url });
  await raw.connect();
});
afterAll(async () => {
  await store.close();
  await wire.close();
  await raw.end();
  await drop();
});

let people = 0;
/** A turn of somebody new, with the agent. */
async function claimed() {
  const peerId = `person ${++people}`;
  const { turnId } = (await store.ingest(message(peerId, { peerId, effect: "collect-now" }), policy())) as {
    turnId: string;
  };
  const turn = await store.claimTurn({ turnId, owner: "one", leaseMs: 60_000 });
  if (turn === null || turn === "empty") throw new Error("not claimed");
  return turn;
}

async function deliveriesOf(turnId: string): Promise<number> {
  return (await raw.query("SELECT 1 FROM delivery WHERE turn_id = $1", [turnId])).rowCount ?? 0;
}

describe("a commit whose answer is lost", () => {
  test("counts: a part of an answer that was queued is told so, and is not queued again", async () => {
    const { turnId, fence } = await claimed();
    wire.disconnectAtCommit("after");
    const part = { turnId, fence, messages: outgoing("a"), messagesPerCall: 5, done: false };
    expect((await store.answerTurn(part)).deliveryIds).toHaveLength(1);
    expect(await deliveriesOf(turnId)).toBe(1);
  });

  test("counts: an event that was taken in is accepted once", async () => {
    wire.disconnectAtCommit("after");
    const event = message("lost answer", { peerId: "somebody" });
    expect(await store.ingest(event, policy())).toMatchObject({ kind: "accepted" });
    expect(await store.ingest(event, policy())).toMatchObject({ kind: "duplicate" });
  });
});

describe("a commit that never reached the server", () => {
  test("has changed nothing, and the store says that it is away", async () => {
    const { turnId, fence } = await claimed();
    wire.disconnectAtCommit("before");
    const answer = { turnId, fence, messages: outgoing("a"), messagesPerCall: 5, done: true };
    await expect(store.answerTurn(answer)).rejects.toThrow(Unavailable);
    expect(await deliveriesOf(turnId)).toBe(0);
    expect((await eventually(() => store.answerTurn(answer))).deliveryIds).toHaveLength(1);
  });
});

test("connections that broke while nobody used them are made again", async () => {
  wire.disconnectAll();
  await eventually(() => store.checkCommit());
  expect(await store.countWaiting()).not.toEqual([]);
});

test("a row that somebody else holds for too long makes the store unavailable, and stops no other row", async () => {
  const { turnId, fence, conversation } = await claimed();
  const { turnId: freeId, fence: freeFence } = await claimed();
  await raw.query("BEGIN");
  await raw.query("SELECT 1 FROM conversation WHERE conversation_id = $1 FOR UPDATE", [conversation.conversationId]);
  const failure = { kind: "handed-back" } as const;
  const retry = { baseMs: 0, capMs: 0, maxAttempts: 3, maxAgeMs: 1_000 };
  const held = store.failTurn({ turnId, fence, failure, retry, random: 0 });
  const refused = expect(held).rejects.toThrow(Unavailable);
  expect(await store.failTurn({ turnId: freeId, fence: freeFence, failure, retry, random: 0 })).toMatchObject({
    state: "ready",
  });
  await refused;
  await raw.query("ROLLBACK");
  expect(await store.failTurn({ turnId, fence, failure, retry, random: 0 })).toMatchObject({ state: "ready" });
});
