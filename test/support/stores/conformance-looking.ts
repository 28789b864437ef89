/**
 * Goal: a person finds what waits for them and all that happened, and a list shows nothing that people have said (G11).
 * Method: conversations in every state, read page by page and by every filter; lists searched for the words said.
 */
import { describe, expect } from "vitest";
import type { WaitingQuery } from "../../../src/store/operator.ts";
import type { TranscriptEntry } from "../../../src/store/operator-transcript.ts";
import { answer, claimed, queued, sayNow, sent, start } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { MINUTE, message, outgoing, policy, retraction, SECOND, T, TURN_RETRY, texts } from "./samples.ts";

const ALL: WaitingQuery = {
  kind: null,
  states: ["dead", "unknown", "parked"],
  channel: null,
  account: null,
  conversation: null,
  since: null,
  limit: 100,
  before: null,
};

/** A dead turn, a dead, an unknown and a parked delivery, of four people, a second apart, oldest first. */
async function fourWaiting(bench: Bench): Promise<readonly string[]> {
  const turn = await claimed(bench, "m1", { peerId: "U1" });
  const failure = { kind: "dead", reason: "400 from the agent" } as const;
  await bench.store.failTurn({ ...turn, failure, retry: TURN_RETRY, random: 0 });
  bench.clock.step(SECOND);
  const ids = [turn.turnId];
  for (const [id, outcome] of [
    ["m2", "refused"],
    ["m3", "unknown"],
    ["m4", "quota-exhausted"],
  ] as const) {
    const saying = { peerId: `U${id}`, account: "second", ...(id === "m3" && { token: "t3" }) };
    const [deliveryId] = await queued(bench, id, ["a secret answer"], saying);
    await sent(bench, deliveryId, outcome);
    ids.push(deliveryId);
    bench.clock.step(SECOND);
  }
  return ids;
}

async function pages(bench: Bench, query: WaitingQuery): Promise<string[]> {
  const found: string[] = [];
  for (let before: string | null = null, looks = 0; looks < 20; looks++) {
    const page = await bench.store.listWaiting({ ...query, before });
    found.push(...page.items.map(({ id }) => id));
    if (page.next === null) return found;
    before = page.next;
  }
  throw new Error("the pages don't end");
}

const kindsOf = (entries: readonly TranscriptEntry[]) => entries.map(({ kind }) => kind);

export function looking(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("listWaiting", () => {
    test("shows what is dead, unknown and parked, newest first, page by page, each once", async (bench) => {
      const ids = await fourWaiting(bench);
      for (const limit of [1, 2, 3, 4, 100]) {
        expect(await pages(bench, { ...ALL, limit }), `pages of ${limit}`).toEqual(ids.toReversed());
      }
    });

    test("filters by kind, state, account, conversation and time", async (bench) => {
      const [turn = "", dead = "", unknown = "", parked = ""] = await fourWaiting(bench);
      const list = (change: Partial<WaitingQuery>) => pages(bench, { ...ALL, ...change });
      expect(await list({ kind: "turn" })).toEqual([turn]);
      expect(await list({ kind: "delivery" })).toEqual([parked, unknown, dead]);
      expect(await list({ states: ["unknown"] })).toEqual([unknown]);
      expect(await list({ states: ["dead"] })).toEqual([dead, turn]);
      expect(await list({ account: "second", states: ["dead"] })).toEqual([dead]);
      expect(await list({ channel: "messenger" })).toEqual([]);
      expect(await list({ since: bench.clock.now() - 2 * SECOND })).toEqual([parked, unknown]);
      const { items } = await bench.store.listWaiting(ALL);
      const conversationId = items[1]?.conversation.conversationId ?? "";
      expect(await list({ conversation: conversationId })).toEqual([unknown]);
    });

    test("says why, for how long, what was tried and what is still known, and no word of what was said", async (bench) => {
      const [turn, dead, unknown, parked] = await fourWaiting(bench);
      const { items } = await bench.store.listWaiting(ALL);
      expect(items).toMatchObject([
        { id: parked, state: "parked", reason: "429 monthly limit", route: "push", mayHaveArrived: false, dueAt: null },
        { id: unknown, state: "unknown", route: "reply", mayHaveArrived: true, attempts: 1, bundledInto: null },
        { id: dead, state: "dead", reason: "400 bad message", conversation: { peerId: "Um2", account: "second" } },
        { id: turn, kind: "turn", state: "dead", reason: "400 from the agent", since: T, isPartlyAnswered: false },
      ]);
      expect(JSON.stringify(items)).not.toMatch(/secret|text of/);
    });

    test("a cursor that nobody made begins at the front", async (bench) => {
      const ids = await fourWaiting(bench);
      for (const before of ["", "x", "1.2.3", "'; DROP TABLE turn; --"]) {
        expect((await bench.store.listWaiting({ ...ALL, before })).items).toHaveLength(ids.length);
      }
    });
  });

  describe("listConversations", () => {
    test("shows each once, by its newest turn, page by page and by account", async (bench) => {
      for (const [id, peerId] of Object.entries({ m1: "U1", m2: "U2", m3: "U1", m4: "U3" })) {
        await sayNow(bench, id, { peerId, account: peerId === "U3" ? "second" : "default" });
        bench.clock.step(10 * SECOND);
      }
      const list = async (account: string | null, limit: number) => {
        const peers: string[] = [];
        for (let before: string | null = null, looks = 0; looks < 10; looks++) {
          const page = await bench.store.listConversations({ channel: null, account, limit, before });
          peers.push(...page.items.map(({ conversation }) => conversation.peerId));
          before = page.next;
          if (before === null) break;
        }
        return peers;
      };
      for (const limit of [1, 2, 10]) expect(await list(null, limit)).toEqual(["U3", "U1", "U2"]);
      expect(await list("default", 10)).toEqual(["U1", "U2"]);
    });
  });

  describe("readTimeline", () => {
    test("tells in order what came, what was done with it, and what the platform said", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      bench.clock.step(SECOND);
      const [deliveryId = ""] = (await answer(bench, turn, ["the answer"])).deliveryIds;
      bench.clock.step(SECOND);
      await sent(bench, deliveryId, "unknown");
      bench.clock.step(MINUTE);
      await start(bench, deliveryId);
      await bench.store.operate({ actionId: "a1", actor: "cli", action: "resend", id: deliveryId });
      await sent(bench, deliveryId, "sent");
      const { conversationId } = turn.conversation;
      const timeline = await bench.store.readTimeline({ conversationId, limit: 20, before: null });
      expect(kindsOf(timeline?.entries ?? [])).toEqual(["turn", "event", "delivery", "attempt", "attempt", "action"]);
      expect(timeline).toMatchObject({ conversation: { peerId: "U1" }, next: null });
      expect(timeline?.entries).toMatchObject([
        { turnId: turn.turnId, state: "done", attempt: 1 },
        { platformEventId: "evt-m1", content: { message: { text: "text of m1" } }, turnId: turn.turnId },
        { deliveryId, state: "sent", messages: texts("the answer"), resentBecause: "an operator resent it" },
        { attempt: 1, route: "reply", outcome: "unknown" },
        { attempt: 2, route: "push", outcome: "sent" },
        { action: "resend", actor: "cli", from: "unknown", to: "pending" },
      ]);
      // A reply token is worth an answer: it is shown to nobody.
      expect(JSON.stringify(timeline)).not.toContain("t1");
    });

    test("goes back page by page and loses nothing, neither messages beside turns nor answers to none", async (bench) => {
      const first = await claimed(bench, "m0");
      const { conversationId } = first.conversation;
      await answer(bench, first, []);
      for (let turn = 1; turn <= 5; turn++) {
        bench.clock.step(10 * SECOND);
        await bench.store.ingest(message(`b${turn}`, { effect: "store" }), policy());
        const to = { channel: "line", account: "default", peerId: "U1" };
        const order = { to, messages: outgoing("news"), messagesPerCall: 5, key: null, deliverBy: null };
        await bench.store.queueMessages(order);
        bench.clock.step(10 * SECOND);
        await answer(bench, await claimed(bench, `m${turn}`), []);
      }
      const whole = await bench.store.readTimeline({ conversationId, limit: 100, before: null });
      expect(kindsOf(whole?.entries ?? []).filter((kind) => kind === "delivery")).toHaveLength(5);
      const found: TranscriptEntry[] = [];
      for (let before: string | null = null, looks = 0; looks < 20; looks++) {
        const page = await bench.store.readTimeline({ conversationId, limit: 2, before });
        found.unshift(...(page?.entries ?? []));
        before = page?.next ?? null;
        if (before === null) break;
      }
      expect(found).toEqual(whole?.entries);
    });

    test("is null for a conversation that nobody has", async (bench) => {
      expect(await bench.store.readTimeline({ conversationId: "conv_0", limit: 5, before: null })).toBeNull();
      expect(await bench.store.readItem("turn_0")).toBeNull();
      expect(await bench.store.readItem("dlv_0")).toBeNull();
    });
  });

  describe("readItem", () => {
    test("tells all of one turn, or of one delivery, and of nothing else", async (bench) => {
      const [turn = "", dead = ""] = await fourWaiting(bench);
      const detail = await bench.store.readItem(turn);
      expect(detail).toMatchObject({ item: { kind: "turn", id: turn } });
      expect(kindsOf(detail?.entries ?? [])).toEqual(["turn", "event"]);
      const delivery = await bench.store.readItem(dead);
      expect(delivery).toMatchObject({ item: { kind: "delivery", id: dead, state: "dead" } });
      expect(delivery?.entries).toMatchObject([
        { kind: "delivery", messages: texts("a secret answer") },
        {
          kind: "attempt",
          attempt: 1,
          route: "push",
          routeReason: "no-token",
          outcome: "refused",
          reason: "400 bad message",
        },
      ]);
    });
  });

  describe("readEvent", () => {
    test("has an event's content, with or without a turn, until it is taken back or deleted", async (bench) => {
      const turn = await claimed(bench, "m1", { peerId: "Uann" });
      const [eventId = ""] = turn.events.map((event) => event.eventId);
      const read = await bench.store.readEvent(eventId);
      expect(read).toEqual({ conversation: turn.conversation, content: turn.events[0]?.content });
      for (const id of ["event_x", turn.turnId, "", "%"]) expect(await bench.store.readEvent(id), id).toBeNull();
      const taking = message("unsend-m1", { peerId: "Uann", effect: "store", revises: retraction("m1") });
      await bench.store.ingest({ ...taking, type: "unsend" }, policy());
      expect(await bench.store.readEvent(eventId)).toBeNull();
    });
  });

  describe("search", () => {
    test("finds by our ids and by the platform's, in every account", async (bench) => {
      const turn = await claimed(bench, "m1", { peerId: "Uann", account: "second" });
      const [deliveryId = ""] = (await answer(bench, turn, ["a"])).deliveryIds;
      const { conversationId } = turn.conversation;
      const [eventId = ""] = turn.events.map((event) => event.eventId);
      const found = async (text: string) => (await bench.store.search(text)).map(({ kind, id }) => `${kind} ${id}`);
      expect(await found("Uann")).toEqual([`conversation ${conversationId}`]);
      expect(await found(conversationId)).toEqual([`conversation ${conversationId}`]);
      expect(await found("evt-m1")).toEqual([`event ${eventId}`]);
      expect(await found("m1")).toEqual([`event ${eventId}`]);
      expect(await found(eventId)).toEqual([`event ${eventId}`]);
      expect(await found(turn.turnId)).toEqual([`turn ${turn.turnId}`]);
      expect(await found(deliveryId)).toEqual([`delivery ${deliveryId}`]);
      for (const text of ["", "Ubob", "text of m1", "%", "turn_"]) expect(await found(text)).toEqual([]);
    });
  });

  describe("listAccounts", () => {
    test("names every account that has taken something in, and why one is stopped or slowed", async (bench) => {
      await sayNow(bench, "m1", { account: "a" });
      const [stopped] = await queued(bench, "m2", ["x"], { account: "b" });
      await sent(bench, stopped, "account-stopped");
      const [slow] = await queued(bench, "m3", ["x"], { account: "c" });
      await sent(bench, slow, "rate-limited");
      expect(await bench.store.listAccounts()).toMatchObject([
        { channel: "line", account: "a", stopped: null, slowUntil: null },
        { channel: "line", account: "b", stopped: { reason: "401", at: T }, slowUntil: null },
        { channel: "line", account: "c", stopped: null, slowUntil: T + 20 * SECOND },
      ]);
    });
  });
}
