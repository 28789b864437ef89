/**
 * Goal: on a platform where names change, a person keeps one conversation under all of their names, nobody gets into
 * somebody else's, and answers go to the name that is theirs now.
 * Method: the stories that WhatsApp's business-scoped user ids bring: a username, a new number, a number that passes on.
 */
import { describe, expect } from "vitest";
import type { PeerNames } from "../../../src/core/conversation.ts";
import { queued, sending, settle } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { DAY, message, policy, type Saying, SECOND, T } from "./samples.ts";

let count = 0;

function names(own: string | null, reassignable: string | null, formerly: PeerNames["formerly"] = null): PeerNames {
  return { own, reassignable, formerly };
}

/** Somebody says something under these names; the conversation that it is in. */
async function says(bench: Bench, peerNames: PeerNames, sentAt = T): Promise<string> {
  count += 1;
  const peerId = peerNames.own ?? peerNames.reassignable ?? "";
  const result = await bench.store.ingest(message(`n${count}`, { peerId, peerNames, sentAt }), policy());
  if (result.kind === "duplicate") throw new Error("a new message was taken for a copy");
  return result.conversationId;
}

/** Where the answer to a message under these names goes. */
async function addressIn(bench: Bench, peerNames: PeerNames, sentAt = T): Promise<unknown> {
  return addressOf(bench, { peerId: peerNames.own ?? peerNames.reassignable ?? "", peerNames, sentAt });
}

async function addressOf(bench: Bench, saying: Saying): Promise<unknown> {
  count += 1;
  const [deliveryId] = await queued(bench, `n${count}`, ["answer"], saying);
  const attempt = await sending(bench, deliveryId);
  await settle(bench, attempt, "sent");
  return JSON.parse(attempt.call.body).to;
}

export function naming(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a person with several names", () => {
    test("keeps the conversation when a user id comes to the number, and when the number is told no more", async (bench) => {
      const first = await says(bench, names(null, "1555"));
      expect(await says(bench, names("US.1", "1555"))).toBe(first);
      expect(await says(bench, names("US.1", null))).toBe(first);
      expect(await bench.rows("conversation")).toHaveLength(1);
      expect(await bench.rows("turn")).toHaveLength(1);
    });

    test("keeps it with a new number and a new user id, when the platform says who it was", async (bench) => {
      const first = await says(bench, names("US.1", "1555"));
      expect(await says(bench, names("US.2", "1666", { own: null, reassignable: "1555" }))).toBe(first);
      expect(await says(bench, names("US.2", "1666"))).toBe(first);
      expect(await says(bench, names("US.3", null, { own: "US.2", reassignable: null }))).toBe(first);
      expect(await says(bench, names("US.3", null))).toBe(first);
    });

    test("is told apart from whoever has the number afterwards", async (bench) => {
      const first = await says(bench, names("US.1", "1555"));
      const other = await says(bench, names("US.9", "1555"));
      expect(other).not.toBe(first);
      expect(await says(bench, names("US.1", null))).toBe(first);
      expect(await says(bench, names(null, "1555"))).toBe(other);
    });

    test("is told apart from the number's next owner also where no user ids are told", async (bench) => {
      const first = await says(bench, names(null, "1555"));
      await says(bench, names("US.1", "1555"));
      await says(bench, names("US.2", "1666", { own: null, reassignable: "1555" }));
      const other = await says(bench, names(null, "1555"));
      expect(other).not.toBe(first);
      expect(await says(bench, names(null, "1555"))).toBe(other);
    });

    test("joins the conversation that we began with the number", async (bench) => {
      const begun = await bench.store.ingest(message("b", { peerId: "1555" }), policy());
      expect(begun.kind === "duplicate" ? "" : begun.conversationId).toBe(await says(bench, names("US.1", "1555")));
    });

    test("is the same only on the same account", async (bench) => {
      const ours = await says(bench, names("US.1", "1555"));
      count += 1;
      const theirs = await bench.store.ingest(
        message(`n${count}`, { peerId: "US.1", account: "other", peerNames: names("US.1", "1555") }),
        policy(),
      );
      expect(theirs.kind === "duplicate" ? "" : theirs.conversationId).not.toBe(ours);
    });

    test("keeps the id under which agents know them", async (bench) => {
      await says(bench, names(null, "1555"));
      await says(bench, names("US.1", "1555"));
      expect(await bench.rows("conversation")).toMatchObject([{ peer_id: "1555" }]);
    });

    test("writes no name twice", async (bench) => {
      await says(bench, names("US.1", "1555"));
      const before = await bench.rows("peer_name");
      await says(bench, names("US.1", "1555"), T + SECOND);
      expect(await bench.rows("peer_name")).toEqual(before);
    });
  });

  describe("an answer goes to", () => {
    test("the peer itself, where no names are told", async (bench) => {
      expect(await addressOf(bench, { peerId: "U7" })).toBe("U7");
    });

    test("the number while it is told, and to the user id when it isn't any more", async (bench) => {
      expect(await addressIn(bench, names("US.1", "1555"))).toBe("1555");
      expect(await addressIn(bench, names("US.1", null), T + DAY)).toBe("US.1");
      expect(await addressIn(bench, names("US.1", "1555"), T + 2 * DAY)).toBe("1555");
    });

    test("the new number, also when a late copy of an older message names the old one", async (bench) => {
      await says(bench, names("US.1", "1555"), T);
      await says(bench, names("US.2", "1666", { own: "US.1", reassignable: "1555" }), T + 2 * DAY);
      expect(await addressIn(bench, names("US.1", "1555"), T + DAY)).toBe("1666");
    });
  });
}
