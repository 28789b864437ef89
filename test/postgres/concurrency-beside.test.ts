/**
 * Goal: receipts, ids and messages without a turn are serialised like the rest, though none of them says at first which
 * conversation it is about.
 * Method: two stores with connections of their own, let loose on the same rows again and again. Each of these fails when
 * the lock behind it is taken away.
 */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { postgres } from "../../src/store/postgres/index.ts";
import type { IngestResult, Store } from "../../src/store/store.ts";
import { eventually } from "../e2e/support/eventually.ts";
import { freshSchema, patient } from "../support/postgres.ts";
import {
  attemptOf,
  LEASE_MS,
  message,
  outgoing,
  policy,
  SEND_RETRY,
  T,
  TURN_RETRY,
} from "../support/stores/samples.ts";

let url: string;
let drop: () => Promise<void>;
let one: Store;
let other: Store;
let raw: pg.Client;
beforeAll(async () => {
  ({ url, drop } = await freshSchema(inject("postgresUrl"), "concurrency_beside"));
  one = await postgres({ url: patient(url), notify: false });
  other = await postgres({ url: patient(url), notify: false });
  raw = new pg.Client({ connectionString: url });
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

function knownBy(id: string, own: string | null, reassignable: string | null) {
  return message(id, { peerId: own ?? reassignable ?? "", peerIds: { own, reassignable, formerly: null } });
}

test("somebody new whose ids come in at both, not all of them with each, has one conversation", async () => {
  for (let round = 0; round < 30; round++) {
    const [own, reassignable] = [`US.${round}`, `1555${round}`];
    const results = await Promise.all([
      one.ingest(knownBy(`both ${round}`, own, reassignable), policy()),
      other.ingest(knownBy(`number ${round}`, null, reassignable), policy()),
    ]);
    expect(new Set(results.map(conversationOf)).size).toBe(1);
    expect(conversationOf(await one.ingest(knownBy(`later ${round}`, own, null), policy()))).toBe(
      conversationOf(results[0]),
    );
  }
  const { rows } = await raw.query("SELECT id FROM peer_id WHERE conversation_id IS NULL");
  expect(rows).toEqual([]);
});

test("what one person of several ids says at once keeps its order, and the others their group", async () => {
  const said = Array.from({ length: 20 }, (_, index) => knownBy(`order ${index}`, "US.order", "1666"));
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
    const order = { to, messages: outgoing("a"), messagesPerCall: 1, key: null, deliverBy: null };
    const [deliveryId = ""] = (await one.queueMessages(order))?.deliveryIds ?? [];
    await one.startAttempt(attemptOf(deliveryId));
    const about = { channel: "line", account: "default", deliveryId, platformMessageIds: [], watermark: null };
    const args = {
      receipt: { ...about, status: "delivered", at: T, failure: null },
      retry: SEND_RETRY,
      random: 0,
    } as const;
    const recorded = await Promise.all([one, other, one, other].map((store) => store.recordReceipt(args)));
    expect(recorded.filter(({ deliveries }) => deliveries[0]?.isNew)).toHaveLength(1);
  }
});

test("a message whose sender asks both for it is queued once", async () => {
  for (let round = 0; round < 30; round++) {
    const peerId = `asked ${round}`;
    await one.ingest(message(peerId, { peerId }), policy());
    const to = { channel: "line", account: "default", peerId };
    const order = { to, messages: outgoing("a", "b"), messagesPerCall: 1, key: "order 1", deliverBy: null };
    const queued = await Promise.all([one, other, one, other].map((store) => store.queueMessages(order)));
    expect(queued.filter((result) => result?.repeated === false)).toHaveLength(1);
    expect(new Set(queued.map((result) => result?.deliveryIds.join())).size).toBe(1);
  }
});

test("a process whose connections are all busy still says that it lives", async () => {
  const busy = await postgres({ url: patient(url), connections: 1, notify: false });
  try {
    const peerId = "busy";
    const taken = await busy.ingest(message(peerId, { peerId }), policy());
    await raw.query("BEGIN");
    await raw.query("SELECT 1 FROM conversation WHERE conversation_id = $1 FOR UPDATE", [conversationOf(taken)]);
    let isDone = false;
    const waits = busy.ingest(message("busy again", { peerId }), policy()).finally(() => {
      isDone = true;
    });
    await eventually(async () => {
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))";
      expect((await raw.query(waiting)).rowCount).toBe(1);
    });
    await busy.heartbeat?.("busy");
    expect(isDone).toBe(false);
    await raw.query("COMMIT");
    expect(await waits).toMatchObject({ kind: "accepted" });
  } finally {
    await busy.close();
  }
});

test("two operators who replay a dead turn at the same moment replay it once", async () => {
  for (let round = 0; round < 30; round++) {
    const peerId = `dead ${round}`;
    const { turnId } = (await one.ingest(message(peerId, { peerId, effect: "collect-now" }), policy())) as {
      turnId: string;
    };
    const turn = await one.claimTurn({ turnId, owner: "one", leaseMs: LEASE_MS });
    if (turn === null || turn === "empty") throw new Error("not claimed");
    const failure = { kind: "dead", reason: "refused" } as const;
    await one.failTurn({ turnId, fence: turn.fence, failure, retry: TURN_RETRY, random: 0 });
    const done = await Promise.all(
      [one, other, one, other].map((store, index) =>
        store.operate({ actionId: `action ${index}`, actor: "cli", action: "replay", id: turnId }),
      ),
    );
    expect(done.filter(({ kind }) => kind === "done")).toHaveLength(1);
  }
});
