/**
 * Goal: the story of a message says when, until when and why, of every kind of event; and a conversation is found by what a
 * person knows of it (G11). Nothing that is worth an answer is told.
 * Method: single steps, and what the operator's queries then say.
 */
import { describe, expect } from "vitest";
import { assert } from "../../../src/core/errors.ts";
import type { ConversationQuery } from "../../../src/store/operator.ts";
import type { TranscriptEntry } from "../../../src/store/operator-transcript.ts";
import { answer, claimed, mustClaim, purgeAll, queued, say, sayNow, sending, sent } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import {
  BATCH,
  DAY,
  HOUR,
  LEASE_MS,
  MINUTE,
  message,
  OWNER,
  outgoing,
  policy,
  RETENTION,
  report,
  retraction,
  SECOND,
  SEND_RETRY,
  T,
  TOKEN_TTL_MS,
} from "./samples.ts";

type Entry<K extends TranscriptEntry["kind"]> = TranscriptEntry & { readonly kind: K };

async function entries(bench: Bench, id: string): Promise<readonly TranscriptEntry[]> {
  return (await bench.store.readItem(id))?.entries ?? [];
}

async function entryOf<K extends TranscriptEntry["kind"]>(bench: Bench, id: string, kind: K): Promise<Entry<K>> {
  const found = (await entries(bench, id)).find((entry): entry is Entry<K> => entry.kind === kind);
  if (found === undefined) throw new Error(`${id} has no ${kind}`);
  return found;
}

/** A message of ours without a turn, to somebody who wrote once. */
async function proactive(bench: Bench, peerId: string): Promise<string> {
  const to = { channel: "line", account: "default", peerId };
  const order = { to, messages: outgoing("news"), messagesPerCall: 5, key: null, deliverBy: T + HOUR };
  const queuedMessages = await bench.store.queueMessages(order);
  assert(queuedMessages !== null, `there is no conversation with ${peerId}`);
  return queuedMessages.deliveryIds[0] ?? "";
}

const beside = (bench: Bench, id: string, type: string, peerId = "U1") =>
  bench.store.ingest({ ...message(id, { effect: "store", peerId }), type }, policy());

export function telling(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("the story", () => {
    test("of a turn says its batch policy, when it is due, who has it and until when", async (bench) => {
      const { turnId } = await say(bench, "m1");
      const { quietMs, maxWaitMs, maxEvents } = BATCH;
      expect(await entryOf(bench, turnId, "turn")).toMatchObject({
        ...{ quietMs, maxWaitMs, maxEvents, dueAt: T + quietMs, contentDeleted: false, slowReply: null },
        ...{ firstClaimedAt: null, fence: 0, owner: null, leaseExpiresAt: null },
      });
      bench.clock.step(maxWaitMs);
      await bench.store.sealTurn(turnId);
      const { fence } = await mustClaim(bench, turnId);
      const at = bench.clock.now();
      expect(await entryOf(bench, turnId, "turn")).toMatchObject({
        ...{ firstClaimedAt: at, claimedAt: at, fence, owner: OWNER, leaseExpiresAt: at + LEASE_MS, dueAt: null },
      });
    });

    test("of an event says how long its reply token is good and which delivery has it, never the token", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "a-secret-token" });
      const fresh = { receivedAt: T, expiresAt: T + TOKEN_TTL_MS, guaranteedUntil: T + TOKEN_TTL_MS };
      expect(await entryOf(bench, turn.turnId, "event")).toMatchObject({
        replyToken: { ...fresh, state: "unused", deliveryId: null },
      });
      const [deliveryId = ""] = (await answer(bench, turn, ["x"])).deliveryIds;
      await sent(bench, deliveryId, "sent");
      expect(await entryOf(bench, turn.turnId, "event")).toMatchObject({
        replyToken: { ...fresh, state: "spent", deliveryId },
      });
      expect(JSON.stringify(await entries(bench, turn.turnId))).not.toContain("a-secret-token");
      const { turnId } = await sayNow(bench, "m2", { peerId: "U2" });
      expect((await entryOf(bench, turnId, "event")).replyToken).toBeNull();
    });

    test("of a delivery says why its route, when it is due and by when, and since when it is parked", async (bench) => {
      await beside(bench, "m1", "message");
      const deliveryId = await proactive(bench, "U1");
      const queuedAt = bench.clock.now();
      expect(await entryOf(bench, deliveryId, "delivery")).toMatchObject({
        ...{
          state: "pending",
          dueAt: queuedAt,
          deliverBy: T + HOUR,
          parkedSince: null,
          unknownSince: null,
          routeReason: null,
        },
      });
      await sent(bench, deliveryId, "quota-exhausted");
      expect(await entryOf(bench, deliveryId, "delivery")).toMatchObject({
        ...{ state: "parked", dueAt: T + HOUR, parkedSince: queuedAt, routeReason: "no-token" },
      });
    });

    test("says what retention has deleted, which can't be told from nothing otherwise", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["x"]);
      await sent(bench, deliveryId, "sent");
      const turnId = (await entryOf(bench, deliveryId, "delivery")).turnId ?? "";
      const deleted = async () =>
        (await entries(bench, turnId)).flatMap((entry) => ("contentDeleted" in entry ? [entry.contentDeleted] : []));
      expect(await deleted()).toEqual([false, false, false]);
      bench.clock.step(2 * DAY);
      await purgeAll(bench, { ...RETENTION, contentMs: DAY });
      expect(await deleted()).toEqual([true, true, true]);
    });
  });

  describe("a conversation", () => {
    const idOf = async (bench: Bench, peerId: string) => {
      const [found] = await bench.store.search(peerId);
      return found?.conversation.conversationId ?? "";
    };

    test("says its window, its pause, and who wrote in it", async (bench) => {
      const named = (id: string, name: string | null) => ({
        ...message(id),
        sender: { id: "U1", name },
        windowMs: DAY,
      });
      await bench.store.ingest(named("m1", "Ann"), policy());
      await bench.store.ingest(named("m2", null), policy());
      const conversationId = await idOf(bench, "U1");
      expect(await bench.store.readConversation(conversationId)).toMatchObject({
        ...{ conversationId, peerId: "U1", windowEndsAt: T + DAY, pausedUntil: null, peerIds: [] },
        senders: [{ id: "U1", name: "Ann" }],
      });
      const timeline = await bench.store.readTimeline({ conversationId, limit: 5, before: null });
      expect(timeline?.conversation).toEqual(await bench.store.readConversation(conversationId));
      expect(await bench.store.readConversation("conv_0")).toBeNull();
    });

    test("says the person's ids, where they change", async (bench) => {
      const peerIds = { own: "own-1", reassignable: "4155", formerly: null };
      await bench.store.ingest(message("m1", { peerId: "4155", peerIds }), policy());
      const conversationId = await idOf(bench, "own-1");
      expect((await bench.store.readConversation(conversationId))?.peerIds).toEqual([
        { id: "4155", isReassignable: true, addressSince: T },
        { id: "own-1", isReassignable: false, addressSince: null },
      ]);
    });

    test("shows events of every type, what was taken back too, and of one type where that is asked", async (bench) => {
      await claimed(bench, "m1");
      for (const [id, type] of Object.entries({ e1: "unfollow", e2: "reaction", e3: "echo", e4: "message" })) {
        bench.clock.step(SECOND);
        await beside(bench, id, type);
      }
      const takenBack = { ...message("e5", { effect: "store", revises: retraction("e4") }), type: "unsend" };
      await bench.store.ingest(takenBack, policy());
      const conversationId = await idOf(bench, "U1");
      const typesOf = async (types: readonly string[]) =>
        ((await bench.store.readTimeline({ conversationId, limit: 20, before: null, types }))?.entries ?? [])
          .filter((entry) => entry.kind === "event")
          .map(({ type, state }) => `${type} ${state}`);
      expect(await typesOf([])).toEqual([
        ...["message accepted", "unfollow stored", "reaction stored", "echo stored", "message retracted"],
        "unsend stored",
      ]);
      expect(await typesOf(["echo", "reaction"])).toEqual(["reaction stored", "echo stored"]);
    });

    test("of hundreds of messages without a turn loses none on its pages", async (bench) => {
      await claimed(bench, "m0");
      for (let one = 0; one < 1_100; one++) {
        if (one % 3 !== 0) bench.clock.step(1);
        await beside(bench, `b${one}`, one % 2 === 0 ? "message" : "reaction");
      }
      const conversationId = await idOf(bench, "U1");
      const found: string[] = [];
      let pages = 0;
      for (let before: string | null = null; ; pages++) {
        const page = await bench.store.readTimeline({ conversationId, limit: 5, before });
        found.unshift(...(page?.entries ?? []).flatMap((entry) => (entry.kind === "event" ? [entry.eventId] : [])));
        before = page?.next ?? null;
        if (before === null) break;
      }
      expect(pages).toBeGreaterThan(0);
      expect(found).toHaveLength(1_101);
      expect(new Set(found).size).toBe(1_101);
    });
  });

  describe("the list of conversations", () => {
    const ANY: ConversationQuery = { channel: null, account: null, limit: 50, before: null };

    async function list(bench: Bench, change: Partial<ConversationQuery> = {}) {
      const found = [];
      for (let before: string | null = null, reads = 0; reads < 200; reads++) {
        const page = await bench.store.listConversations({ ...ANY, ...change, before });
        found.push(...page.items);
        before = page.next;
        if (before === null) return found;
      }
      throw new Error("the pages don't end");
    }

    const peersOf = async (bench: Bench, change: Partial<ConversationQuery> = {}) =>
      (await list(bench, change)).map(({ conversation }) => conversation.peerId);

    test("has those without a turn, each once, by what began last in it, on pages of any size", async (bench) => {
      await claimed(bench, "m1", { peerId: "Uturn" });
      await beside(bench, "b0", "follow", "Unews");
      bench.clock.step(SECOND);
      await beside(bench, "b1", "message", "Ubeside");
      bench.clock.step(SECOND);
      await beside(bench, "b2", "unfollow", "Uother");
      bench.clock.step(SECOND);
      await proactive(bench, "Unews");
      bench.clock.step(SECOND);
      await beside(bench, "b3", "message", "Uturn");
      await beside(bench, "b4", "reaction", "Uturn");
      const order = ["Uturn", "Unews", "Uother", "Ubeside"];
      for (const limit of [1, 2, 3, 50]) expect(await peersOf(bench, { limit }), `${limit}`).toEqual(order);
      const [first, ...others] = await list(bench);
      expect(first?.newestTurn).toMatchObject({ state: "leased" });
      expect(others.map(({ newestTurn }) => newestTurn)).toEqual([null, null, null]);
    });

    test("says when the last was said and by whom, who wrote, and whether an operator is needed", async (bench) => {
      const ann = { ...message("m1", { effect: "collect-now" }), sender: { id: "U1", name: "Ann" } };
      await bench.store.ingest(ann, policy());
      const [one] = await list(bench);
      expect(one).toMatchObject({ lastAt: T, lastDirection: "in", needsOperator: false, pausedUntil: null });
      expect(one?.senders).toEqual([{ id: "U1", name: "Ann" }]);
      bench.clock.step(MINUTE);
      const turn = await mustClaim(bench, one?.newestTurn?.turnId ?? "");
      const [first = "", second = ""] = (await answer(bench, turn, ["x", "y"], { perCall: 1 })).deliveryIds;
      expect(await list(bench)).toMatchObject([{ lastAt: T, lastDirection: "in" }]);
      await sent(bench, first, "sent");
      expect(await list(bench)).toMatchObject([{ lastAt: T + MINUTE, lastDirection: "out", needsOperator: false }]);
      await sent(bench, second, "refused");
      expect(await list(bench)).toMatchObject([{ needsOperator: true }]);
      await bench.store.operate({ actionId: "a1", actor: "cli", action: "discard", id: second });
      expect(await list(bench)).toMatchObject([{ needsOperator: false }]);
      const unasked = await proactive(bench, "U1");
      await sent(bench, unasked, "refused");
      expect(await list(bench)).toMatchObject([{ needsOperator: true }]);
    });

    test("regression_message-that-waits-hides-the-one-that-was-sent: the last that was sent is told", async (bench) => {
      await beside(bench, "b1", "follow");
      bench.clock.step(MINUTE);
      await sent(bench, await proactive(bench, "U1"), "sent");
      bench.clock.step(MINUTE);
      await proactive(bench, "U1");
      expect(await list(bench)).toMatchObject([{ lastAt: T + MINUTE, lastDirection: "out" }]);
    });

    test("is filtered by kind, by the newest turn's state, and by a part of an id or a name", async (bench) => {
      const ann = { ...message("m1"), sender: { id: "U1", name: "Ann Smith" } };
      await bench.store.ingest(ann, policy());
      await claimed(bench, "m2", { peerId: "Cteam", kind: "group" });
      const peerIds = { own: "own-1", reassignable: "4155", formerly: null };
      await bench.store.ingest(message("m3", { peerId: "4155", peerIds }), policy());
      expect(await peersOf(bench, { kind: "group" })).toEqual(["Cteam"]);
      expect(await peersOf(bench, { states: ["leased"] })).toEqual(["Cteam"]);
      expect(await peersOf(bench, { states: ["dead"] })).toEqual([]);
      expect(await peersOf(bench, { text: "cTEA" })).toEqual(["Cteam"]);
      expect(await peersOf(bench, { text: "smith" })).toEqual(["U1"]);
      expect(await peersOf(bench, { text: "OWN-1" })).toEqual(["4155"]);
      expect(await peersOf(bench, { text: "%" })).toEqual([]);
    });

    test("goes on past a page's worth of messages of one person", async (bench) => {
      await claimed(bench, "m0", { peerId: "Uquiet" });
      bench.clock.step(1);
      for (let one = 0; one < 230; one++) {
        bench.clock.step(1);
        await beside(bench, `b${one}`, "message", "Uloud");
      }
      expect(await peersOf(bench, { limit: 5 })).toEqual(["Uloud", "Uquiet"]);
      expect(await peersOf(bench, { limit: 1 })).toEqual(["Uloud", "Uquiet"]);
      for (const before of ["", "x", "1.2~3.4~5.x~6.7", "'; DROP TABLE turn; --"]) {
        expect((await bench.store.listConversations({ ...ANY, before })).items).not.toEqual([]);
      }
    });
  });

  describe("search by less than a whole id of ours", () => {
    test("finds by the first digits of an id, and by a trace's", async (bench) => {
      const turn = await claimed(bench, "m1");
      const [deliveryId = ""] = (await answer(bench, turn, ["x"])).deliveryIds;
      const found = async (text: string) => (await bench.store.search(text)).map(({ kind, id }) => `${kind} ${id}`);
      const isTurn = `turn ${turn.turnId}`;
      const digits = turn.turnId.slice("turn_".length);
      expect(await found(turn.turnId.slice(0, -2))).toEqual([isTurn]);
      expect(await found(digits.slice(0, 32))).toEqual([isTurn]);
      expect(await found(deliveryId.slice(0, -1))).toEqual([`delivery ${deliveryId}`]);
      const { conversationId } = turn.conversation;
      expect(await found(conversationId.slice(0, 20))).toEqual([`conversation ${conversationId}`]);
      expect(await found(`turn_${digits.slice(0, 7)}`)).toEqual([]);
      expect(await found(`dlv_${digits.slice(0, 32)}`)).toEqual([]);
    });

    test("finds a sent message by the platform's id", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["x"]);
      await sent(bench, deliveryId, "sent");
      expect(await bench.store.search("p2")).toMatchObject([{ kind: "delivery", id: deliveryId }]);
    });

    test("finds a call by the platform's request id, also by the accepted one", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["x"]);
      const { attempt } = await sending(bench, deliveryId);
      const ids = { requestId: "req-1", acceptedRequestId: "req-0" };
      const retry = { retry: SEND_RETRY, random: 0 };
      await bench.store.settleAttempt({ deliveryId, attempt, report: report("sent", ids), ...retry });
      for (const id of ["req-1", "req-0"]) {
        expect(await bench.store.searchRequests(id)).toMatchObject({ found: [{ kind: "delivery", id: deliveryId }] });
      }
      expect(await bench.store.searchRequests("req")).toEqual({ found: [], since: null });
    });

    test("says since when calls were searched, where there are too many to search them all", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["x"]);
      const call = { attempt: 1, route: "push", path: "/push", body: "{}", owner: OWNER };
      for (let one = 0; one < 1_999; one++) {
        const id = `dlv_ffff${String(one).padStart(4, "0")}`;
        await bench.insert("attempt", { ...call, delivery_id: id, started_at: T + one, request_id: null });
      }
      const { attempt } = await sending(bench, deliveryId);
      const settled = { deliveryId, attempt, retry: SEND_RETRY, random: 0 };
      await bench.store.settleAttempt({ ...settled, report: report("sent", { requestId: "req-1" }) });
      expect(await bench.store.searchRequests("req-1")).toMatchObject({ found: [{ id: deliveryId }], since: T });
      await bench.insert("attempt", { ...call, delivery_id: "dlv_ffff1999", started_at: T + 1_999, request_id: null });
      expect(await bench.store.searchRequests("req-1")).toEqual({ found: [], since: T });
    });
  });
}
