/**
 * Goal: on a platform where ids change, a person keeps one conversation under all of their ids, nobody gets into
 * somebody else's, and answers go to the id that is theirs now.
 * Method: the stories that WhatsApp's business-scoped user ids bring: a username, a new number, a number that passes on.
 */
import { describe, expect } from "vitest";
import { forget } from "../../../src/commands/forget/forget.ts";
import type { PeerIds } from "../../../src/core/conversation.ts";
import type { OutgoingMessage } from "../../../src/store/store.ts";
import { queued, sending, settle } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { DAY, message, outgoing, policy, type Saying, SECOND, T } from "./samples.ts";

let count = 0;

function knownBy(own: string | null, reassignable: string | null, formerly: PeerIds["formerly"] = null): PeerIds {
  return { own, reassignable, formerly };
}

/** Somebody says something under these ids; the conversation that it is in. */
async function says(bench: Bench, peerIds: PeerIds, sentAt = T): Promise<string> {
  count += 1;
  const peerId = peerIds.own ?? peerIds.reassignable ?? "";
  const result = await bench.store.ingest(message(`n${count}`, { peerId, peerIds, sentAt }), policy());
  if (result.kind === "duplicate") throw new Error("a new message was taken for a copy");
  return result.conversationId;
}

/** Where the answer to a message under these ids goes. */
async function addressIn(bench: Bench, peerIds: PeerIds, sentAt = T): Promise<unknown> {
  return addressOf(bench, { peerId: peerIds.own ?? peerIds.reassignable ?? "", peerIds, sentAt });
}

async function addressOf(bench: Bench, saying: Saying): Promise<unknown> {
  count += 1;
  const [deliveryId] = await queued(bench, `n${count}`, ["answer"], saying);
  const attempt = await sending(bench, deliveryId);
  await settle(bench, attempt, "sent");
  return JSON.parse(attempt.call.body).to;
}

export function keepingPeerIds(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a person with several ids", () => {
    test("keeps the conversation when a user id comes to the number, and when the number is told no more", async (bench) => {
      const first = await says(bench, knownBy(null, "1555"));
      expect(await says(bench, knownBy("US.1", "1555"))).toBe(first);
      expect(await says(bench, knownBy("US.1", null))).toBe(first);
      expect(await bench.rows("conversation")).toHaveLength(1);
      expect(await bench.rows("turn")).toHaveLength(1);
    });

    test("keeps it with a new number and a new user id, when the platform says who it was", async (bench) => {
      const first = await says(bench, knownBy("US.1", "1555"));
      expect(await says(bench, knownBy("US.2", "1666", { own: null, reassignable: "1555" }))).toBe(first);
      expect(await says(bench, knownBy("US.2", "1666"))).toBe(first);
      expect(await says(bench, knownBy("US.3", null, { own: "US.2", reassignable: null }))).toBe(first);
      expect(await says(bench, knownBy("US.3", null))).toBe(first);
    });

    test("is told apart from whoever has the number afterwards", async (bench) => {
      const first = await says(bench, knownBy("US.1", "1555"));
      const other = await says(bench, knownBy("US.9", "1555"));
      expect(other).not.toBe(first);
      expect(await says(bench, knownBy("US.1", null))).toBe(first);
      expect(await says(bench, knownBy(null, "1555"))).toBe(other);
    });

    test("is told apart from the number's next owner also where no user ids are told", async (bench) => {
      const first = await says(bench, knownBy(null, "1555"));
      await says(bench, knownBy("US.1", "1555"));
      await says(bench, knownBy("US.2", "1666", { own: null, reassignable: "1555" }));
      const other = await says(bench, knownBy(null, "1555"));
      expect(other).not.toBe(first);
      expect(await says(bench, knownBy(null, "1555"))).toBe(other);
    });

    test("joins the conversation that we began with the number", async (bench) => {
      const begun = await bench.store.ingest(message("b", { peerId: "1555" }), policy());
      expect(begun.kind === "duplicate" ? "" : begun.conversationId).toBe(await says(bench, knownBy("US.1", "1555")));
    });

    test("is the same only on the same account", async (bench) => {
      const ours = await says(bench, knownBy("US.1", "1555"));
      count += 1;
      const theirs = await bench.store.ingest(
        message(`n${count}`, { peerId: "US.1", account: "other", peerIds: knownBy("US.1", "1555") }),
        policy(),
      );
      expect(theirs.kind === "duplicate" ? "" : theirs.conversationId).not.toBe(ours);
    });

    test("keeps the id under which agents know them", async (bench) => {
      await says(bench, knownBy(null, "1555"));
      await says(bench, knownBy("US.1", "1555"));
      expect(await bench.rows("conversation")).toMatchObject([{ peer_id: "1555" }]);
    });

    test("writes no id twice", async (bench) => {
      await says(bench, knownBy("US.1", "1555"));
      const before = await bench.rows("peer_id");
      await says(bench, knownBy("US.1", "1555"), T + SECOND);
      expect(await bench.rows("peer_id")).toEqual(before);
    });
  });

  describe("an answer goes to", () => {
    test("the peer itself, where no ids are told", async (bench) => {
      expect(await addressOf(bench, { peerId: "U7" })).toBe("U7");
    });

    test("the number while it is told, and to the user id when it isn't any more", async (bench) => {
      expect(await addressIn(bench, knownBy("US.1", "1555"))).toBe("1555");
      expect(await addressIn(bench, knownBy("US.1", null), T + DAY)).toBe("US.1");
      expect(await addressIn(bench, knownBy("US.1", "1555"), T + 2 * DAY)).toBe("1555");
    });

    test("the new number, also when a late copy of an older message names the old one", async (bench) => {
      await says(bench, knownBy("US.1", "1555"), T);
      await says(bench, knownBy("US.2", "1666", { own: "US.1", reassignable: "1555" }), T + 2 * DAY);
      expect(await addressIn(bench, knownBy("US.1", "1555"), T + DAY)).toBe("1666");
    });
  });

  const KNOWN = ["US.1", "15550100199", "+15550100199", "+1 (555) 010-0199", " 15550100199 "];
  const FIRST: readonly (readonly [string, PeerIds])[] = [
    ["user id", knownBy("US.1", null)],
    ["number", knownBy(null, "15550100199")],
  ];

  for (const [first, before] of FIRST) {
    describe(`a person who was known by ${first} first is found by every id, in any form of the number`, () => {
      test("for a message without a turn, which one idempotency key keeps single", async (bench) => {
        const conversationId = await says(bench, before);
        expect(await says(bench, knownBy("US.1", "15550100199"), T + SECOND)).toBe(conversationId);
        const found = await Promise.all(KNOWN.map((id) => writesTo(bench, id)));
        expect(found.map((queued) => queued?.conversation.conversationId)).toEqual(KNOWN.map(() => conversationId));
        const deliveries = await bench.rows("delivery");
        expect(deliveries).toHaveLength(1);
        const call = (await sending(bench, String(deliveries[0]?.delivery_id))).call.body;
        expect(JSON.parse(call).to).toBe("15550100199");
      });

      test("for search and for a list of what waits", async (bench) => {
        const conversationId = await says(bench, before);
        await says(bench, knownBy("US.1", "15550100199"), T + SECOND);
        const problem = "no";
        const dead = await writesTo(bench, "US.1", [{ message: {}, problem }]);
        const ids = dead?.deliveryIds;
        for (const known of KNOWN) {
          expect(await bench.store.search(known), known).toMatchObject([{ kind: "conversation", id: conversationId }]);
          expect(
            (await waitingOf(bench, known)).map(({ id }) => id),
            known,
          ).toEqual(ids);
        }
        expect(await waitingOf(bench, "15550100100")).toEqual([]);
      });

      for (const known of KNOWN) {
        test(`to be forgotten: ${JSON.stringify(known)}`, async (bench) => {
          await says(bench, before);
          await says(bench, knownBy("US.1", "15550100199"));
          await inGroup(bench, "15550100199");
          await inGroup(bench, "US.1");
          const outcome = await forget(bench.store, { channel: "line", account: "default", peerId: known });
          expect(outcome).toMatchObject({ kind: "forgotten", events: 2, peerIds: 2, inGroups: 2 });
        });
      }
    });
  }

  describe("an id that is not somebody's", () => {
    test("gets no message: not the number's former owner, when it has another", async (bench) => {
      const former = await says(bench, knownBy("US.1", "15550100199"));
      const owner = await says(bench, knownBy("US.9", "15550100199"));
      expect((await writesTo(bench, "+1 555 010 0199"))?.conversation.conversationId).toBe(owner);
      expect((await writesTo(bench, "US.1"))?.conversation.conversationId).toBe(former);
    });

    test("is nobody, and a person of a group only is forgotten there by any form of the number", async (bench) => {
      expect(await writesTo(bench, "+1 555 010 0199")).toBeNull();
      const person = { channel: "line", account: "default", peerId: "+1 555 010 0199" };
      expect(await forget(bench.store, person)).toEqual({ kind: "nobody" });
      await inGroup(bench, "15550100199");
      expect(await forget(bench.store, person)).toMatchObject({ kind: "forgotten", inGroups: 1 });
    });

    test("is not the person whose id is the digits of a group's with a minus", async (bench) => {
      await bench.store.ingest(message("d", { peerId: "1001234567890" }), policy());
      expect(await writesTo(bench, "-1001234567890")).toBeNull();
    });
  });
}

async function writesTo(bench: Bench, peerId: string, messages: readonly OutgoingMessage[] = outgoing("news")) {
  const to = { channel: "line", account: "default", peerId };
  return await bench.store.queueMessages({ to, messages, messagesPerCall: 5, key: "k", deliverBy: null });
}

async function waitingOf(bench: Bench, conversation: string) {
  const states = ["dead", "unknown", "parked"] as const;
  const any = { kind: null, channel: null, account: null, since: null, limit: 10, before: null };
  return (await bench.store.listWaiting({ ...any, states, conversation })).items;
}

async function inGroup(bench: Bench, senderId: string): Promise<void> {
  count += 1;
  const said = message(`n${count}`, { peerId: "C1" });
  const conversation = { ...said.conversation, kind: "group" as const };
  await bench.store.ingest({ ...said, conversation, sender: { id: senderId, name: null } }, policy());
}
