/**
 * Goal: what a platform refuses costs nothing that travels or waits beside it (G8, G9, G12).
 * Method: calls of several messages of which some are refused; what goes out then, and what is a dead letter.
 */
import { describe, expect } from "vitest";
import type { SendOutcome } from "../../../src/core/delivery.ts";
import { answer, claimed, sending, sent, settle } from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { texts } from "./samples.ts";

const refused = (...messages: number[]): SendOutcome => ({ kind: "refused", reason: "400: LINE's words", messages });

/** An answer of three messages in one call. */
async function queuedTogether(bench: Bench, id = "m1"): Promise<string> {
  const turn = await claimed(bench, id, { token: `token of ${id}` });
  const [deliveryId = ""] = (await answer(bench, turn, [`${id} one`, `${id} two`, `${id} three`])).deliveryIds;
  return deliveryId;
}

const messagesIn = (body: string) => (JSON.parse(body) as { messages: unknown }).messages;

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
  });
}
