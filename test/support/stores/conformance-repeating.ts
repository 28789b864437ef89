/**
 * Goal: behind an attempt that may have been accepted there is only the same again, and a word that comes too late
 * changes nothing (G7, G8; regressions 28, 33, 45).
 * Method: repeats after crashes and with other renderings, and every outcome from owners that are out of date.
 */
import { describe, expect } from "vitest";
import { SEND_OUTCOME_KINDS } from "../../../src/core/delivery.ts";
import { Fenced } from "../../../src/core/errors.ts";
import { dueDeliveries, expire, queued, sending, sent, settle, start, stateOf } from "./conformance-steps.ts";
import { type Bench, dump, oneRow, type StoreHarness, testOn } from "./harness.ts";
import {
  attemptOf,
  buildCall,
  CALL_LEASE_MS,
  DAY,
  MINUTE,
  report,
  SECOND,
  SEND_RETRY,
  T,
  TOKEN_MARGIN_MS,
  TOKEN_TTL_MS,
} from "./samples.ts";

export function repeating(harness: StoreHarness): void {
  const test = testOn(harness);
  const otherBytes: typeof buildCall = (view, chosen) => ({ ...buildCall(view, chosen), body: "another rendering" });

  describe("an attempt whose outcome is unknown", () => {
    for (const token of [undefined, "t1"]) {
      const route = token === undefined ? "push" : "reply";
      test(`on the ${route} route is repeated with the recorded bytes, whatever the code would build now`, async (bench) => {
        const [deliveryId] = await queued(bench, "m1", ["a"], token === undefined ? {} : { token });
        const first = await sending(bench, deliveryId);
        await settle(bench, first, "unknown");
        await bench.crash();
        bench.clock.step(SECOND);
        const again = await sending(bench, deliveryId, { buildCall: otherBytes });
        expect(again).toMatchObject({ attempt: 2, route: route, call: first.call });
        expect(await oneRow(bench, "attempt", { delivery_id: deliveryId, attempt: 2 })).toMatchObject({
          body: first.call.body,
          retry_key: first.call.retryKey,
          token: token ?? null,
        });
      });
    }

    test("holds up nothing else when its row is missing from the database, as after a partial restore", async (bench) => {
      const [lost] = await queued(bench, "m1", ["a"], { peerId: "U1" });
      const [whole] = await queued(bench, "m2", ["b"], { peerId: "U2" });
      for (const deliveryId of [lost, whole]) await sending(bench, deliveryId);
      await bench.remove("attempt", { delivery_id: lost });
      bench.clock.step(CALL_LEASE_MS);
      expect((await expire(bench)).attemptsUnknown).toHaveLength(2);
      const reason = "its attempt is missing from the database";
      expect(await oneRow(bench, "delivery", { delivery_id: lost })).toMatchObject({ state: "dead", reason });
      expect(await stateOf(bench, "delivery", whole)).toBe("unknown");
    });

    test("is never followed by another route, however long it takes", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await sent(bench, deliveryId, "unknown");
      bench.clock.step(TOKEN_TTL_MS);
      expect(await start(bench, deliveryId)).toMatchObject({ kind: "held" });
      expect(await stateOf(bench, "delivery", deliveryId)).toBe("unknown");
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: null });
      bench.clock.step(DAY);
      expect(await start(bench, deliveryId)).toBeNull();
      expect(await bench.rows("attempt")).toHaveLength(1);
    });
  });

  describe("an attempt that was certainly not accepted", () => {
    test("is followed by the bytes recorded for the same route", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      const first = await sending(bench, deliveryId);
      await settle(bench, first, "retry");
      bench.clock.step(MINUTE);
      expect(await sending(bench, deliveryId, { buildCall: otherBytes })).toMatchObject({ call: first.call });
    });

    test("keeps its token for its delivery alone", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"], { token: "t1" });
      await sent(bench, one, "retry");
      bench.clock.step(SECOND);
      expect(await sending(bench, one)).toMatchObject({ attempt: 2, route: "reply" });
      await settle(bench, { deliveryId: one, attempt: 2 }, "sent");
      expect(await sending(bench, two)).toMatchObject({ route: "push" });
    });

    test("takes the paid route when its token has come into the margin of its end", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await sent(bench, deliveryId, "retry");
      bench.clock.step(TOKEN_TTL_MS - TOKEN_MARGIN_MS);
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "push" });
    });
  });

  describe("a stale word about an attempt", () => {
    const stale = {
      "that another has settled": async (bench: Bench, id: string) =>
        settle(bench, { deliveryId: id, attempt: 1 }, "retry"),
      "that is not the newest": async (bench: Bench, id: string) => {
        await settle(bench, { deliveryId: id, attempt: 1 }, "retry");
        bench.clock.step(MINUTE);
        await sending(bench, id);
      },
      "whose lease ran out and that was made again": async (bench: Bench, id: string) => {
        bench.clock.step(CALL_LEASE_MS);
        await expire(bench);
        bench.clock.step(MINUTE);
        await sending(bench, id);
      },
    };
    for (const [which, make] of Object.entries(stale)) {
      for (const kind of SEND_OUTCOME_KINDS) {
        test(`${which} is refused when it says ${kind}, and nothing has changed`, async (bench) => {
          const [deliveryId] = await queued(bench, "m1", ["a"]);
          await sending(bench, deliveryId);
          await make(bench, deliveryId);
          const before = await dump(bench);
          await expect(settle(bench, { deliveryId, attempt: 1 }, kind)).rejects.toThrow(Fenced);
          expect(await dump(bench)).toEqual(before);
        });
      }
    }

    test("whose lease ran out counts while no other has begun: LINE has it, whoever was late", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await sending(bench, deliveryId);
      bench.clock.step(CALL_LEASE_MS);
      await expire(bench);
      expect(await stateOf(bench, "delivery", deliveryId)).toBe("unknown");
      await settle(bench, { deliveryId, attempt: 1 }, "sent");
      expect(await stateOf(bench, "delivery", deliveryId)).toBe("sent");
      await expect(settle(bench, { deliveryId, attempt: 1 }, "sent")).rejects.toThrow(Fenced);
    });

    test("whose lease ran out opens the next route when the platform had refused the token", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await sending(bench, deliveryId);
      bench.clock.step(CALL_LEASE_MS);
      await expire(bench);
      await settle(bench, { deliveryId, attempt: 1 }, "token-invalid");
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "push" });
    });

    test("that never was is refused", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      await sending(bench, deliveryId);
      await expect(settle(bench, { deliveryId, attempt: 2 }, "sent")).rejects.toThrow(Fenced);
      await expect(settle(bench, { deliveryId: "dlv_unknown", attempt: 1 }, "sent")).rejects.toThrow(Fenced);
    });
  });

  describe("settleAttempt", () => {
    test("keeps what the platform said", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      const { attempt } = await sending(bench, deliveryId);
      bench.clock.step(80);
      const said = { status: 200, response: "{}", requestId: "r1", acceptedRequestId: "r0" };
      await bench.store.settleAttempt({
        ...attemptOf(deliveryId),
        attempt,
        report: report("sent", said),
        retry: SEND_RETRY,
        random: 0,
      });
      expect(await oneRow(bench, "attempt", { delivery_id: deliveryId })).toMatchObject({
        outcome: "sent",
        status: 200,
        response: "{}",
        request_id: "r1",
        accepted_request_id: "r0",
        ended_at: T + 80,
      });
      const { platform_message_ids: ids } = await oneRow(bench, "delivery", { delivery_id: deliveryId });
      expect(JSON.parse(String(ids))).toEqual(["p1", "p2"]);
    });
  });
}
