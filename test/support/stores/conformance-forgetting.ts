/**
 * Goal: what people said is gone in time, and at once when somebody asks for it; what waits is kept until then; and no
 * late copy of a webhook brings it back (G2).
 * Method: every table is searched for the words and the names that were said.
 */
import { describe, expect } from "vitest";
import { forget } from "../../../src/commands/forget/forget.ts";
import { answer, claimed, mustClaim, purgeAll, queued, say, sayNow, sending, sent } from "./conformance-steps.ts";
import { type Bench, dump, type StoreHarness, testOn } from "./harness.ts";
import { DAY, message, outgoing, policy, RETENTION, SEND_RETRY, T } from "./samples.ts";

const KEEP = { ...RETENTION, contentMs: 7 * DAY };
const U1 = { channel: "line", account: "default", peerId: "U1" };

/** Where these words stand, table by table. */
async function placesOf(bench: Bench, ...words: readonly string[]): Promise<string[]> {
  const tables = Object.entries(await dump(bench));
  return tables
    .filter(([, rows]) => rows.some((row) => words.some((word) => row.includes(word))))
    .map(([name]) => name);
}

/** A question and its answer, both finished. */
async function talk(bench: Bench, id: string, saying: Parameters<typeof message>[1] = {}): Promise<void> {
  const turn = await claimed(bench, id, { text: `question-canary ${id}`, ...saying });
  const { deliveryIds } = await answer(bench, turn, [`answer-canary ${id}`]);
  for (const deliveryId of deliveryIds) await sent(bench, deliveryId, "sent");
}

/** Somebody in a group. */
function inGroup(id: string, senderId: string, effect: "collect-now" | "store" = "collect-now") {
  const said = message(id, { peerId: "C1", effect, text: `group-canary ${id}` });
  return {
    ...said,
    conversation: { ...said.conversation, kind: "group" as const },
    sender: { id: senderId, name: null },
  };
}

export function deletingContent(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("the words of a conversation", () => {
    test("stay for contentMs, then go, and that it took place stays for metadataMs", async (bench) => {
      await talk(bench, "m1", { token: "t1" });
      await bench.store.ingest(message("loose", { effect: "store", text: "question-canary loose" }), policy());
      bench.clock.step(KEEP.contentMs);
      expect(await bench.store.purge(KEEP)).toMatchObject({ contents: 0 });
      bench.clock.step(1);
      expect(await purgeAll(bench, KEEP)).toEqual({ contents: 2, turns: 0, events: 0, keys: 0 });
      expect(await placesOf(bench, "canary", "nested")).toEqual([]);
      const counts = ["turn", "event", "delivery", "attempt"] as const;
      for (const table of counts) expect(await bench.rows(table), table).not.toEqual([]);
      bench.clock.step(KEEP.metadataMs);
      expect(await purgeAll(bench, KEEP)).toMatchObject({ turns: 1, events: 2 });
    });

    test("never stay longer than the history", async (bench) => {
      await talk(bench, "m1");
      bench.clock.step(KEEP.metadataMs + 1);
      expect(await purgeAll(bench, { ...KEEP, contentMs: 10 * KEEP.metadataMs })).toMatchObject({
        contents: 1,
        turns: 1,
      });
    });

    test("stay while anything of the turn waits for somebody", async (bench) => {
      await talk(bench, "m1", { peerId: "U0" });
      const [dead] = await queued(bench, "m2", ["answer-canary of the dead"]);
      await sent(bench, dead, "refused");
      await sayNow(bench, "m3", { peerId: "U2", text: "question-canary that waits" });
      const turn = await claimed(bench, "m4", { peerId: "U3", text: "question-canary of a dead turn" });
      await bench.store.failTurn({ ...turn, failure: { kind: "dead", reason: "no" }, retry: SEND_RETRY, random: 0 });
      bench.clock.step(KEEP.contentMs + 1);
      expect(await purgeAll(bench, KEEP)).toMatchObject({ contents: 1 });
      const left = JSON.stringify(await dump(bench));
      for (const words of ["of the dead", "that waits", "of a dead turn"]) expect(left).toContain(words);
    });

    test("go a few at a time, and all of them in the end", async (bench) => {
      for (const id of ["a", "b", "c", "d", "e"]) await talk(bench, id, { peerId: id });
      bench.clock.step(KEEP.contentMs + 1);
      const counts: number[] = [];
      for (let round = 0; round < 4; round++) counts.push((await bench.store.purge({ ...KEEP, limit: 2 })).contents);
      expect(counts).toEqual([2, 2, 1, 0]);
      expect(await placesOf(bench, "canary")).toEqual([]);
    });

    test("that are gone are not sent again when the platform reports so late that they failed", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["answer-canary"]);
      await sent(bench, deliveryId, "sent");
      bench.clock.step(KEEP.contentMs + 1);
      await purgeAll(bench, KEEP);
      const failure = { kind: "retry", reason: "131026", retryAfterMs: 0 } as const;
      const receipt = {
        status: "failed",
        failure,
        deliveryId,
        platformMessageIds: ["p1"],
        watermark: null,
        at: T,
      } as const;
      const { deliveries } = await bench.store.recordReceipt({
        receipt: { channel: "line", account: "default", ...receipt },
        retry: SEND_RETRY,
        random: 0,
      });
      expect(deliveries).toMatchObject([{ deliveryId, status: "failed", movedTo: null }]);
      expect(await bench.rows("receipt")).toHaveLength(1);
      expect((await bench.rows("delivery")).map(({ state }) => state)).toEqual(["sent"]);
    });

    test("that are gone don't come along with a later turn", async (bench) => {
      await bench.store.ingest(message("beside", { effect: "store", text: "question-canary beside" }), policy());
      bench.clock.step(KEEP.contentMs + 1);
      await purgeAll(bench, KEEP);
      const { turnId } = await sayNow(bench, "m1");
      const context = { maxEvents: 20, maxAgeMs: 30 * DAY };
      const turn = await bench.store.claimTurn({ turnId, owner: "o", leaseMs: 60_000, context });
      expect(turn).toMatchObject({ context: [] });
    });
  });
}

export function forgetting(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("forgetting a person", () => {
    test("deletes what they said and were told, says how much that was, and touches nobody else", async (bench) => {
      for (const id of ["m1", "m2"]) await talk(bench, id);
      await bench.store.ingest(message("loose", { effect: "store", text: "question-canary loose" }), policy());
      await say(bench, "m3", { text: "question-canary that collects" });
      const queue = {
        to: U1,
        messages: outgoing("answer-canary unasked"),
        messagesPerCall: 5,
        key: "k",
        deliverBy: null,
      };
      await bench.store.queueMessages(queue);
      const { turnId } = await say(bench, "other", { peerId: "U2", text: "somebody else's" });
      const others = await bench.rows("turn", { turn_id: turnId });
      const outcome = await forget(bench.store, U1);
      expect(outcome).toEqual({ kind: "forgotten", turns: 3, events: 4, deliveries: 3, peerIds: 0, inGroups: 0 });
      expect(await placesOf(bench, "canary")).toEqual([]);
      for (const table of ["attempt", "delivery", "reply_token", "idempotency_key"] as const) {
        expect(await bench.rows(table), table).toEqual([]);
      }
      expect(await bench.rows("turn")).toEqual(others);
      expect(JSON.stringify(await bench.rows("event"))).toContain("somebody else's");
    });

    test("may end with overwriting what is deleted, which changes no row", async (bench) => {
      await talk(bench, "m1");
      await talk(bench, "other", { peerId: "U2", text: "somebody else's" });
      await forget(bench.store, U1);
      const before = await dump(bench);
      expect(["erased", "log-in-use", "left-to-vacuum"]).toContain(await bench.store.eraseDeleted());
      expect(await dump(bench)).toEqual(before);
      await claimed(bench, "m9");
    });

    test("keeps the keys: no copy is taken in again, and a new word starts anew", async (bench) => {
      await talk(bench, "m1");
      await forget(bench.store, U1);
      expect(await bench.store.ingest(message("m1", { redelivered: true }), policy())).toMatchObject({
        kind: "duplicate",
      });
      expect(await bench.rows("event")).toEqual([]);
      const turn = await claimed(bench, "m9");
      expect(turn.events).toHaveLength(1);
    });

    test("refuses the answer of an agent that was at work on one of their turns", async (bench) => {
      const turn = await claimed(bench, "m1");
      expect(await forget(bench.store, U1)).toMatchObject({ turns: 1 });
      await expect(answer(bench, turn, ["answer-canary"])).rejects.toThrow(/no longer the newest/);
      expect(await bench.rows("delivery")).toEqual([]);
    });

    test("waits for a call that is on its way, and has then changed nothing", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["answer-canary"]);
      await sending(bench, deliveryId);
      const before = await dump(bench);
      expect(await forget(bench.store, U1)).toEqual({ kind: "busy" });
      expect(await dump(bench)).toEqual(before);
    });

    test("finds them by any of their ids, and deletes the ids", async (bench) => {
      const peerIds = { own: "US.1", reassignable: "1555", formerly: null };
      await say(bench, "m1", { peerId: "US.1", peerIds, text: "question-canary" });
      expect(await forget(bench.store, { ...U1, peerId: "1555" })).toMatchObject({ turns: 1, events: 1, peerIds: 2 });
      expect(await bench.rows("peer_id")).toEqual([]);
      expect(await placesOf(bench, "canary")).toEqual([]);
    });

    test("takes their words out of groups, and leaves the others'", async (bench) => {
      await bench.store.ingest(inGroup("g1", "U1", "store"), policy());
      const turned = await bench.store.ingest(inGroup("g2", "U1"), policy());
      await bench.store.ingest(inGroup("g3", "U2", "store"), policy());
      expect(await forget(bench.store, U1)).toMatchObject({ kind: "forgotten", inGroups: 2, turns: 0 });
      const rows = await bench.rows("event");
      expect(
        rows.map((row) => [row.sender_id, row.state]).sort((a, b) => String(b[0]).localeCompare(String(a[0]))),
      ).toEqual([
        ["U2", "stored"],
        [null, "retracted"],
        [null, "retracted"],
      ]);
      const left = JSON.stringify(rows);
      expect([left.includes("group-canary g3"), left.includes("group-canary g1"), left.includes("canary g2")]).toEqual([
        true,
        false,
        false,
      ]);
      // Its only word was taken back.
      const turnId = turned.kind === "duplicate" ? "" : (turned.turnId ?? "");
      expect(await bench.store.claimTurn({ turnId, owner: "o", leaseMs: 60_000 })).toBe("empty");
    });

    test("knows when there is nobody", async (bench) => {
      await say(bench, "m1");
      const before = await dump(bench);
      expect(await forget(bench.store, { ...U1, peerId: "U404" })).toEqual({ kind: "nobody" });
      expect(await forget(bench.store, { ...U1, account: "another" })).toEqual({ kind: "nobody" });
      expect(await dump(bench)).toEqual(before);
    });

    test("takes any number of turns, batch after batch", async (bench) => {
      const COUNT = 45;
      for (let i = 0; i < COUNT; i++)
        await mustClaim(bench, (await sayNow(bench, `m${i}`)).turnId).then((turn) => answer(bench, turn, []));
      expect(await forget(bench.store, U1)).toMatchObject({ turns: COUNT, events: COUNT });
      expect(await bench.rows("event")).toEqual([]);
    });
  });
}
