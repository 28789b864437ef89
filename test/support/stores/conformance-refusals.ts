/**
 * Goal: what a platform refuses costs nothing that travels or waits beside it (G8, G9, G12).
 * Method: calls of several messages of which some are refused; what goes out then, and what is a dead letter.
 */
import { describe, expect } from "vitest";
import type { SendOutcome } from "../../../src/core/delivery.ts";
import type { Failure } from "../../../src/core/inbound-receipt.ts";
import { answer, claimed, dueDeliveries, queued, sending, sent, settle } from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { bySession, CONVERSATION, opens, PEER, recordReceipt } from "./receipt-steps.ts";
import { DAY, HOUR, MINUTE, SECOND, texts } from "./samples.ts";

const refused = (...messages: number[]): SendOutcome => ({ kind: "refused", reason: "400: LINE's words", messages });

/** An answer of three messages in one call. */
async function queuedTogether(bench: Bench, id = "m1"): Promise<string> {
  const turn = await claimed(bench, id, { token: `token of ${id}` });
  const [deliveryId = ""] = (await answer(bench, turn, [`${id} one`, `${id} two`, `${id} three`])).deliveryIds;
  return deliveryId;
}

/** An answer that is parked for want of quota, and one with a token that takes it along in its call. */
async function bundledTwo(bench: Bench) {
  const [parked] = await queued(bench, "m1", ["m1 one"]);
  await sent(bench, parked, "quota-exhausted");
  const turn = await claimed(bench, "m2", { token: "token of m2" });
  const [carrier = ""] = (await answer(bench, turn, ["m2 one"])).deliveryIds;
  return { parked, carrier };
}

const messagesIn = (body: string) => (JSON.parse(body) as { messages: unknown }).messages;

const due = async (bench: Bench) => (await dueDeliveries(bench)).due;
const inADay: SendOutcome = { kind: "retry", reason: "131049", retryAfterMs: DAY };
const ended: Failure = { kind: "window-closed", reason: "131047", isWindow: true };

/** An answer whose window is open, on its way. */
async function callInWindow(bench: Bench, id: string) {
  const [deliveryId] = await queued(bench, id, [`answer to ${id}`], PEER);
  await opens(bench, `${id}-opens`);
  const attempt = await bench.store.startAttempt(bySession(deliveryId));
  if (attempt?.kind !== "send") throw new Error(`${deliveryId} is not sent: ${attempt?.kind}`);
  return attempt;
}

async function windowEndsAt(bench: Bench) {
  const { channel, account, peerId } = CONVERSATION;
  return (await oneRow(bench, "conversation", { channel, account, peer_id: peerId })).window_ends_at;
}

async function deadOnes(bench: Bench) {
  const rows = await bench.rows("delivery", { state: "dead" });
  return rows.map(({ messages, reason }) => ({ messages: JSON.parse(String(messages)) as unknown, reason }));
}

export function refusing(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a call of which the platform refuses some messages", () => {
    test("goes out again without them, at once, by the token that it has", async (bench) => {
      const deliveryId = await queuedTogether(bench);
      const settled = await sent(bench, deliveryId, refused(2));
      expect(settled).toMatchObject({ settlement: { state: "pending" }, entered: false });
      expect(settled.refused).toMatchObject([{ reason: "400: LINE's words" }]);
      const again = await sending(bench, deliveryId);
      expect(again).toMatchObject({ route: "reply", attempt: 2 });
      expect(messagesIn(again.call.body)).toEqual(texts("m1 one", "m1 two"));
      expect(await settle(bench, again, "sent")).toMatchObject({ settlement: { state: "sent" } });
      expect(await oneRow(bench, "delivery", { delivery_id: deliveryId })).toMatchObject({ state: "sent" });
    });

    test("leaves a dead letter of its turn for each delivery that they were of, with the platform's words", async (bench) => {
      const deliveryId = await queuedTogether(bench);
      const { turn_id: turnId } = await oneRow(bench, "delivery", { delivery_id: deliveryId });
      const { refused: dead } = await sent(bench, deliveryId, refused(0, 2));
      expect(await deadOnes(bench)).toEqual([{ messages: texts("m1 one", "m1 three"), reason: "400: LINE's words" }]);
      const row = await oneRow(bench, "delivery", { delivery_id: dead[0]?.deliveryId ?? "" });
      expect(row).toMatchObject({ turn_id: turnId, kind: "answer", due_at: null, ended_at: bench.clock.now() });
      expect(messagesIn((await sending(bench, deliveryId)).call.body)).toEqual(texts("m1 two"));
    });

    test("is a dead letter as a whole when none is left, or when the platform names none of them", async (bench) => {
      for (const [id, ...places] of [
        ["m1", 0, 1, 2],
        ["m2", 7],
      ] as [string, ...number[]][]) {
        const deliveryId = await queuedTogether(bench, id);
        const settled = await sent(bench, deliveryId, refused(...places));
        expect(settled).toMatchObject({ settlement: { state: "dead" }, refused: [], entered: true });
        expect(await bench.rows("delivery", { state: "dead", delivery_id: deliveryId })).toHaveLength(1);
      }
    });

    test("stays as it is when an earlier attempt may have been accepted", async (bench) => {
      const deliveryId = await queuedTogether(bench);
      await sent(bench, deliveryId, "unknown");
      bench.clock.step(1_000);
      const settled = await sent(bench, deliveryId, refused(1));
      expect(settled).toMatchObject({ settlement: { state: "unknown" }, refused: [] });
      expect(await deadOnes(bench)).toEqual([]);
    });

    test("keeps what was parked and is bundled in front of it", async (bench) => {
      const parked = await queuedTogether(bench);
      await sent(bench, parked, "quota-exhausted");
      const turn = await claimed(bench, "m2", { token: "token of m2" });
      const [carrier = ""] = (await answer(bench, turn, ["m2 one", "m2 two"])).deliveryIds;
      // In the call: m1 one, m1 two, m1 three, m2 one, m2 two.
      await sent(bench, carrier, refused(1, 3));
      expect(await deadOnes(bench)).toEqual([
        { messages: texts("m1 two"), reason: "400: LINE's words" },
        { messages: texts("m2 one"), reason: "400: LINE's words" },
      ]);
      const again = await sending(bench, carrier);
      expect(messagesIn(again.call.body)).toEqual(texts("m1 one", "m1 three", "m2 two"));
      await settle(bench, again, "sent");
      for (const id of [parked, carrier]) {
        expect(await oneRow(bench, "delivery", { delivery_id: id })).toMatchObject({ state: "sent" });
      }
    });

    test("doesn't wait for a bundled delivery of which all is refused: that one is a dead letter", async (bench) => {
      const parked = await queuedTogether(bench);
      await sent(bench, parked, "quota-exhausted");
      const turn = await claimed(bench, "m2", { token: "token of m2" });
      const [carrier = ""] = (await answer(bench, turn, ["m2 one"])).deliveryIds;
      const { refused: dead } = await sent(bench, carrier, refused(0, 1, 2));
      expect(dead.map(({ deliveryId }) => deliveryId)).toEqual([parked]);
      expect(await oneRow(bench, "delivery", { delivery_id: parked })).toMatchObject({
        state: "dead",
        bundled_into: null,
      });
      expect(messagesIn((await sending(bench, carrier)).call.body)).toEqual(texts("m2 one"));
    });

    test("keeps what was bundled in front of one that is refused as a whole", async (bench) => {
      const answers: string[] = [];
      for (const id of ["m1", "m2", "m3"]) {
        if (answers.length > 0) await sent(bench, answers.at(-1) ?? "", "quota-exhausted");
        const turn = await claimed(bench, id, { token: `token of ${id}` });
        answers.push(...(await answer(bench, turn, [`${id} one`])).deliveryIds);
      }
      const [first = "", second = "", carrier = ""] = answers;
      expect(await oneRow(bench, "delivery", { delivery_id: first })).toMatchObject({ bundled_into: second });
      // In the call: m1 one, m2 one, m3 one.
      const { refused: dead } = await sent(bench, carrier, refused(1));
      expect(dead.map(({ deliveryId }) => deliveryId)).toEqual([second]);
      expect(await oneRow(bench, "delivery", { delivery_id: first })).toMatchObject({ bundled_into: carrier });
      const again = await sending(bench, carrier);
      expect(messagesIn(again.call.body)).toEqual(texts("m1 one", "m3 one"));
      await settle(bench, again, "sent");
      for (const id of [first, carrier]) {
        expect(await oneRow(bench, "delivery", { delivery_id: id })).toMatchObject({ state: "sent" });
      }
    });

    test("leaves its token to what was bundled in front, when nothing else of it is left", async (bench) => {
      const { parked, carrier } = await bundledTwo(bench);
      expect(await sent(bench, carrier, refused(1))).toMatchObject({ settlement: { state: "dead" }, hasNext: true });
      expect(await due(bench)).toEqual([parked]);
      const again = await sending(bench, parked);
      expect(again).toMatchObject({ route: "reply" });
      expect(JSON.parse(again.call.body)).toMatchObject({ token: "token of m2", messages: texts("m1 one") });
    });

    test("proves nothing by its token afterwards: the refusal may have spent it", async (bench) => {
      const { parked, carrier } = await bundledTwo(bench);
      await sent(bench, carrier, refused(1));
      await sent(bench, parked, "unknown");
      bench.clock.step(SECOND);
      expect(await sent(bench, parked, "token-invalid")).toMatchObject({ settlement: { state: "unknown" } });
    });
  });

  describe("a delivery that steps aside", () => {
    test("for its medium goes behind a newer answer, also when both are due", async (bench) => {
      const [first] = await queued(bench, "m1", ["picture"]);
      expect(await sent(bench, first, "media-failed")).toMatchObject({ settlement: { state: "pending" } });
      bench.clock.step(MINUTE);
      const [next] = await queued(bench, "m2", ["answer"]);
      expect(await due(bench)).toEqual([next]);
      await sent(bench, next, "sent");
      expect(await due(bench)).toEqual([first]);
      expect(await sent(bench, first, "media-failed")).toMatchObject({ settlement: { state: "dead" } });
    });

    test("for its medium is counted by media alone: other tries before it were none", async (bench) => {
      const [first] = await queued(bench, "m1", ["picture"]);
      await sent(bench, first, "retry");
      bench.clock.step(MINUTE);
      expect(await sent(bench, first, "media-failed")).toMatchObject({ settlement: { state: "pending" } });
      bench.clock.step(MINUTE);
      expect(await sent(bench, first, "media-failed")).toMatchObject({ settlement: { state: "dead" } });
    });

    test("for a long wait holds nothing up in the last minute of it either", async (bench) => {
      const [first] = await queued(bench, "m1", ["offer"]);
      await sent(bench, first, inADay);
      bench.clock.step(DAY - MINUTE);
      const [next] = await queued(bench, "m2", ["answer"]);
      expect(await due(bench)).toEqual([next]);
    });

    test("keeps the parts of its own answer behind it", async (bench) => {
      const [first, second = ""] = await queued(bench, "m1", ["picture", "below it"]);
      await sent(bench, first, "media-failed");
      expect(await due(bench)).toEqual([]);
      bench.clock.step(MINUTE);
      expect(await due(bench)).toEqual([first]);
      await sent(bench, first, "sent");
      expect(await due(bench)).toEqual([second]);
    });

    test("never waits for another that does: neither for it nor for the parts behind it", async (bench) => {
      const [one] = await queued(bench, "m1", ["picture", "below it"]);
      const attempt = await sending(bench, one);
      await settle(bench, attempt, "media-failed");
      bench.clock.step(1);
      const [two] = await queued(bench, "m2", ["another", "below that"]);
      await sent(bench, two, "media-failed");
      bench.clock.step(MINUTE);
      expect(await due(bench)).toEqual([one, two]);
    });

    test("does so no more once an operator has replayed it", async (bench) => {
      const [first] = await queued(bench, "m1", ["picture"]);
      for (const _ of [1, 2]) {
        await sent(bench, first, "media-failed");
        bench.clock.step(MINUTE);
      }
      await bench.store.operate({ actionId: "a1", actor: "cli", action: "replay", id: first });
      await queued(bench, "m2", ["answer"]);
      expect(await due(bench)).toEqual([first]);
    });
  });

  describe("the platform's word that a window has ended", () => {
    test("closes it, whatever our own count says", async (bench) => {
      const attempt = await callInWindow(bench, "m1");
      expect(await windowEndsAt(bench)).toBe(bench.clock.now() + DAY);
      bench.clock.step(SECOND);
      expect(await settle(bench, attempt, ended)).toMatchObject({ settlement: { state: "parked" } });
      expect(await windowEndsAt(bench)).toBe(bench.clock.now());
    });

    test("closes it by a receipt as well", async (bench) => {
      const attempt = await callInWindow(bench, "m1");
      await settle(bench, attempt, { kind: "sent", evidence: "2xx", platformMessageIds: ["p1"] });
      bench.clock.step(SECOND);
      const { deliveryId } = attempt;
      await recordReceipt(bench, { deliveryId, status: "failed", platformMessageIds: ["p1"], failure: ended });
      expect(await windowEndsAt(bench)).toBe(bench.clock.now());
      expect(await oneRow(bench, "delivery", { delivery_id: deliveryId })).toMatchObject({ state: "parked" });
    });

    test("says nothing of a window that the person has opened since the call: the answer goes again", async (bench) => {
      const attempt = await callInWindow(bench, "m1");
      bench.clock.step(HOUR);
      await opens(bench, "m2");
      expect(await settle(bench, attempt, ended)).toMatchObject({ settlement: { state: "pending" } });
      expect(await windowEndsAt(bench)).toBe(bench.clock.now() + DAY);
      expect(await bench.store.startAttempt(bySession(attempt.deliveryId))).toMatchObject({ route: "session" });
    });

    test("leaves it open where the person can't be written to for another reason", async (bench) => {
      const attempt = await callInWindow(bench, "m1");
      await settle(bench, attempt, "window-closed");
      expect(await windowEndsAt(bench)).toBe(bench.clock.now() + DAY);
    });
  });
}
