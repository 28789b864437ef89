/**
 * Goal: what two processes do to one conversation at the same moment happens one after the other (G2, G4, G6).
 * Method: two stores with connections of their own, let loose on the same rows again and again. Each of these fails when
 * the lock of the conversation's row is taken away, or the index behind it.
 */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { postgres } from "../../src/store/postgres/index.ts";
import type { Store } from "../../src/store/store.ts";
import { freshSchema, patient } from "../support/postgres.ts";
import { attemptOf, message, outgoing, policy } from "../support/stores/samples.ts";

let url: string;
let drop: () => Promise<void>;
let one: Store;
let other: Store;
let raw: pg.Client;
beforeAll(async () => {
  ({ url, drop } = await freshSchema(inject("postgresUrl"), "concurrency"));
  one = await postgres({ url: patient(url), notify: false });
  other = await postgres({ url: patient(url), notify: false });
  raw = new pg.Client({ connectionString: url });
  await raw.connect();
});
afterAll(async () => {
  await Promise.all([one.close(), other.close(), raw.end()]);
  await drop();
});

const BATCH = { quietMs: 0, maxWaitMs: 0, maxEvents: 50 };
const SLOW_BATCH = { quietMs: 10_000, maxWaitMs: 10_000, maxEvents: 3 };

test("copies of an event that come in at both are one event", async () => {
  for (let round = 0; round < 30; round++) {
    const event = message(`copy ${round}`, { peerId: `copied ${round}` });
    const results = await Promise.all([one, other, one, other].map((store) => store.ingest(event, policy())));
    expect(results.filter(({ kind }) => kind === "accepted")).toHaveLength(1);
    expect(new Set(results.map(({ eventId }) => eventId)).size).toBe(1);
  }
});

test("the first messages of somebody new that come in at both are one turn", async () => {
  for (let round = 0; round < 30; round++) {
    const peerId = `new ${round}`;
    const results = await Promise.all(
      [one, other].map((store, index) =>
        store.ingest(message(`${peerId} ${index}`, { peerId }), policy({ batch: { ...SLOW_BATCH, maxEvents: 50 } })),
      ),
    );
    expect(new Set(results.map((result) => (result.kind === "accepted" ? result.turnId : null))).size).toBe(1);
  }
});

test("a turn that is full is complete once, whoever brings the last event", async () => {
  for (let round = 0; round < 20; round++) {
    const peerId = `full ${round}`;
    const events = Array.from({ length: 9 }, (_, index) => message(`${peerId} ${index}`, { peerId }));
    await Promise.all(
      events.map((event, index) => (index % 2 ? one : other).ingest(event, policy({ batch: SLOW_BATCH }))),
    );
    const { rows } = await raw.query(
      `SELECT t.state, count(*)::int AS events FROM event JOIN turn AS t USING (turn_id)
       WHERE sender_id = $1 GROUP BY t.turn_id, t.state`,
      [peerId],
    );
    expect(rows).toEqual(Array.from({ length: 3 }, () => ({ state: "ready", events: 3 })));
  }
});

test("an event is in the turn that the agent got, or in a later one: never behind the agent's back", async () => {
  for (let round = 0; round < 60; round++) {
    const peerId = `sealed ${round}`;
    const first = await one.ingest(
      message(`${peerId} a`, { peerId }),
      policy({ batch: { ...BATCH, maxWaitMs: 10, quietMs: 1 } }),
    );
    const turnId = first.kind === "accepted" ? (first.turnId ?? "") : "";
    const [, turn] = await Promise.all([
      one.ingest(message(`${peerId} b`, { peerId }), policy({ batch: SLOW_BATCH })),
      (async () => {
        while ((await other.sealTurn(turnId)).kind === "later");
        return await other.claimTurn({ turnId, owner: "two", leaseMs: 60_000 });
      })(),
    ]);
    if (turn === null || turn === "empty") throw new Error("not claimed");
    const { rows } = await raw.query<{ event_id: string }>("SELECT event_id FROM event WHERE turn_id = $1", [turnId]);
    expect(new Set(rows.map((row) => row.event_id))).toEqual(new Set(turn.events.map((event) => event.eventId)));
  }
});

test("a delivery that both would send is sent by one, and so is a token that two of them want", async () => {
  for (let round = 0; round < 30; round++) {
    const peerId = `sent ${round}`;
    const token = `token ${round}`;
    const said = await one.ingest(message(peerId, { peerId, effect: "collect-now", token }), policy());
    const turnId = said.kind === "accepted" ? (said.turnId ?? "") : "";
    const turn = await one.claimTurn({ turnId, owner: "one", leaseMs: 60_000 });
    if (turn === null || turn === "empty") throw new Error("not claimed");
    const { deliveryIds } = await one.answerTurn({
      turnId,
      fence: turn.fence,
      messages: outgoing("a", "b"),
      messagesPerCall: 1,
      done: true,
    });
    const starts = deliveryIds.flatMap((id) => [one, other].map((store) => store.startAttempt(attemptOf(id))));
    const started = (await Promise.all(starts)).filter((attempt) => attempt?.kind === "send");
    expect(started).toMatchObject([{ deliveryId: deliveryIds[0], attempt: 1 }]);
  }
});

test("a word about a call and the end of its lease don't both count", async () => {
  for (let round = 0; round < 30; round++) {
    const peerId = `lapsed ${round}`;
    const said = await one.ingest(message(peerId, { peerId, effect: "collect-now" }), policy());
    const turnId = said.kind === "accepted" ? (said.turnId ?? "") : "";
    const turn = await one.claimTurn({ turnId, owner: "one", leaseMs: 60_000 });
    if (turn === null || turn === "empty") throw new Error("not claimed");
    const answer = { turnId, fence: turn.fence, messages: outgoing("a"), messagesPerCall: 1, done: true };
    const [deliveryId = ""] = (await one.answerTurn(answer)).deliveryIds;
    await one.startAttempt(attemptOf(deliveryId, { leaseMs: 1 }));
    const retry = { baseMs: 1, capMs: 1, maxAttempts: 3, maxAgeMs: 1_000 };
    const sent = { kind: "sent", evidence: "2xx", platformMessageIds: [] } as const;
    const report = { outcome: sent, status: 200, response: null, requestId: null, acceptedRequestId: null };
    await Promise.all([
      one.settleAttempt({ deliveryId, attempt: 1, report, retry, random: 0 }),
      other.expireLeases({ limit: 10, retry, random: 0 }),
      one.expireLeases({ limit: 10, retry, random: 0 }),
    ]);
    // Whoever was first: the platform has it.
    const { rows } = await raw.query("SELECT state FROM delivery WHERE delivery_id = $1", [deliveryId]);
    expect(rows).toEqual([{ state: "sent" }]);
  }
});
