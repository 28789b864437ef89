/**
 * Goal: a quoted message is found by its platform id, whoever sent it, in its own conversation only, and never when it
 * was retracted, forgotten or purged.
 * Method: messages and answers by every route, then their ids are asked for.
 */
import { describe, expect } from "vitest";
import { forget } from "../../../src/commands/forget/forget.ts";
import type { KnownMessage } from "../../../src/store/store.ts";
import { answer, claim, claimed, purgeAll, sayNow, sending, settle } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { DAY, message, policy, RETENTION, T } from "./samples.ts";

/** Conversations whose ids are known. */
interface At {
  readonly conversationId: string;
  readonly channel: string;
  readonly account: string;
}

function find(bench: Bench, conversation: At, ...messageIds: readonly string[]): Promise<readonly KnownMessage[]> {
  return bench.store.findQuoted({ conversation, messageIds });
}

/** A turn, answered by calls of two messages each, which the platform gave these ids. */
async function talk(bench: Bench, id: string, said: readonly string[], ids: readonly (readonly string[])[]) {
  const turn = await claimed(bench, id, { token: `token-${id}` });
  const { deliveryIds } = await answer(bench, turn, said, { perCall: 2 });
  for (const [index, deliveryId] of deliveryIds.entries()) {
    const platformMessageIds = ids[index] ?? [];
    await settle(bench, await sending(bench, deliveryId), { kind: "sent", evidence: "2xx", platformMessageIds });
  }
  return { conversation: turn.conversation, deliveryIds };
}

const unsend = (id: string, peerId = "U1") => ({
  ...message(`unsend-${id}`, { effect: "store", revises: { kind: "retract", of: `message:${id}` }, peerId }),
  type: "unsend",
});

const sentText = (messageId: string, text: string) => ({ kind: "sent", messageId, message: { type: "text", text } });

export function quoting(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a quoted message", () => {
    test("is found: a person's own, and each of the bot's, of every call and route", async (bench) => {
      const { conversation } = await talk(bench, "m1", ["a", "b", "c"], [["p1", "p2"], ["p3"]]);
      expect(await find(bench, conversation, "p2", "m1", "p3", "p1")).toEqual([
        sentText("p2", "b"),
        {
          kind: "received",
          messageId: "m1",
          type: "message",
          content: { message: expect.objectContaining({ id: "m1" }) },
        },
        sentText("p3", "c"),
        sentText("p1", "a"),
      ]);
    });

    test("is found by the id that a platform without reply tokens gave", async (bench) => {
      const turn = await claimed(bench, "m1");
      const [deliveryId = ""] = (await answer(bench, turn, ["a"])).deliveryIds;
      const bySession = { kind: "paid", route: "session" } as const;
      const attempt = await sending(bench, deliveryId, { chooseRoute: () => bySession });
      await settle(bench, attempt, { kind: "sent", evidence: "2xx", platformMessageIds: ["wamid.1"] });
      expect(await find(bench, turn.conversation, "wamid.1")).toEqual([sentText("wamid.1", "a")]);
      expect(await bench.rows("sent_message")).toEqual([]);
    });

    test("is not found in another conversation, nor when it never came", async (bench) => {
      await talk(bench, "m1", ["a"], [["p1"]]);
      const other = await claimed(bench, "m2", { peerId: "U2" });
      expect(await find(bench, other.conversation, "m1", "p1", "p9", "")).toEqual([]);
    });

    test("has no text where the platform named other messages than were sent", async (bench) => {
      const { conversation } = await talk(bench, "m1", ["a", "b"], [["p1"]]);
      expect(await find(bench, conversation, "p1")).toEqual([{ kind: "sent", messageId: "p1", message: null }]);
    });

    test("is found by search, too", async (bench) => {
      const { deliveryIds } = await talk(bench, "m1", ["a", "b"], [["p1", "p2"]]);
      expect(await bench.store.search("p2")).toMatchObject([{ kind: "delivery", id: deliveryIds[0] }]);
    });
  });

  describe("no longer quoted is", () => {
    test("what was retracted: before an agent had it, while it had it, and after", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      await bench.store.ingest(unsend("m1"), policy());
      expect(await claim(bench, turnId)).toBeNull();
      const leased = await claimed(bench, "m2", { peerId: "U2" });
      await bench.store.ingest(unsend("m2", "U2"), policy());
      const { conversation: answered } = await talk(bench, "m3", ["a"], [["p1"]]);
      await bench.store.ingest(unsend("m3"), policy());
      await bench.store.ingest({ ...unsend("m3"), dedupKeys: ["evt-again"] }, policy());
      expect(await find(bench, answered, "m1", "m3")).toEqual([]);
      expect(await find(bench, leased.conversation, "m2")).toEqual([]);
      expect(await find(bench, answered, "p1")).toHaveLength(1);
    });

    test("what retention has deleted, and its ids go with its rows", async (bench) => {
      const { conversation } = await talk(bench, "m1", ["a", "b"], [["p1", "p2"]]);
      bench.clock.step(7 * DAY + 1);
      await purgeAll(bench, { ...RETENTION, contentMs: 7 * DAY });
      expect(await find(bench, conversation, "m1", "p1", "p2")).toEqual([]);
      bench.clock.step(RETENTION.metadataMs);
      await purgeAll(bench);
      expect(await bench.rows("sent_message")).toEqual([]);
    });

    test("what a person was promised to be forgotten", async (bench) => {
      const { conversation } = await talk(bench, "m1", ["a"], [["p1"]]);
      await forget(bench.store, { channel: "line", account: "default", peerId: "U1" });
      expect(await find(bench, conversation, "m1", "p1")).toEqual([]);
      expect(await bench.rows("sent_message")).toEqual([]);
    });

    test("what one person of a group was promised to be forgotten, while the others' is", async (bench) => {
      const inGroup = (id: string, senderId: string) => {
        const said = message(id, { peerId: "C1", effect: "store", sentAt: T });
        return {
          ...said,
          conversation: { ...said.conversation, kind: "group" as const },
          sender: { id: senderId, name: null },
        };
      };
      const result = await bench.store.ingest(inGroup("m1", "U1"), policy());
      await bench.store.ingest(inGroup("m2", "U2"), policy());
      await forget(bench.store, { channel: "line", account: "default", peerId: "U1" });
      const conversationId = result.kind === "duplicate" ? "" : result.conversationId;
      const at = { channel: "line", account: "default", conversationId };
      expect((await find(bench, at, "m1", "m2")).map(({ messageId }) => messageId)).toEqual(["m2"]);
    });
  });

  describe("a message that was sent in front of another, in the same call,", () => {
    test("is told from it", async (bench) => {
      const parked = await claimed(bench, "m1");
      const [first = ""] = (await answer(bench, parked, ["waits"])).deliveryIds;
      await settle(bench, await sending(bench, first), "quota-exhausted");
      const { conversation, deliveryIds } = await talk(bench, "m2", ["new"], [["p1", "p2"]]);
      expect(await bench.rows("delivery", { delivery_id: first })).toMatchObject([
        { state: "sent", bundled_into: deliveryIds[0] },
      ]);
      expect(await find(bench, conversation, "p1", "p2")).toEqual([sentText("p1", "waits"), sentText("p2", "new")]);
      await bench.change("delivery", { delivery_id: first }, { messages: "[]", content_deleted: 1 });
      expect(await find(bench, conversation, "p2")).toEqual([{ kind: "sent", messageId: "p2", message: null }]);
    });
  });
}
