/**
 * Goal: a clock that was wrong delays nothing beyond the wait that was meant, and costs no free answer (G5, G9;
 * regression 17).
 * Method: something waits for its next try, made late in the life of its row; then the clock is set back by more than
 * that life while no process is there.
 */
import { describe, expect } from "vitest";
import type { SendOutcome } from "../../../src/core/delivery.ts";
import {
  answer,
  claimed,
  dueDeliveries,
  mustClaim,
  purgeAll,
  queued,
  sayNow,
  sending,
  sent,
  setBack,
  start,
  waitedFor,
} from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import { DAY, HOUR, MINUTE, message, offer, outgoing, policy, RETENTION, SECOND, T, TURN_RETRY } from "./samples.ts";

export function keepingTime(harness: StoreHarness): void {
  const test = testOn(harness);

  const RETRIES: Readonly<Record<string, SendOutcome>> = {
    "for its next try": { kind: "retry", reason: "503", retryAfterMs: 20 * SECOND },
    "for its slow account": { kind: "rate-limited", reason: "429", retryAfterMs: 20 * SECOND },
    "for another look": { kind: "unknown", reason: "reset" },
  };

  describe("a clock that was set back while the process was away doesn't postpone", () => {
    test("a turn that waits for its next try", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      bench.clock.step(HOUR);
      const { fence } = await mustClaim(bench, turnId);
      const failure = { kind: "retry", reason: "away", retryAfterMs: 20 * SECOND } as const;
      await bench.store.failTurn({ turnId, fence, failure, retry: TURN_RETRY, random: 0 });
      await setBack(bench, 2 * HOUR);
      const look = async () => (await readyTurns(bench.store, 10)).due.includes(turnId);
      expect(await waitedFor(bench, look, MINUTE, SECOND)).toBeLessThanOrEqual(20 * SECOND);
    });

    for (const [what, outcome] of Object.entries(RETRIES)) {
      test(`a delivery that waits ${what}`, async (bench) => {
        const [deliveryId] = await queued(bench, "m1", ["a"]);
        // A newer row, so that the newest is not the one that was touched last.
        const [other] = await queued(bench, "m2", ["b"], { peerId: "U2" });
        await sent(bench, other, "sent");
        bench.clock.step(HOUR);
        await sent(bench, deliveryId, outcome);
        await setBack(bench, 2 * HOUR);
        const look = async () => (await dueDeliveries(bench)).due.includes(deliveryId);
        expect(await waitedFor(bench, look, MINUTE, SECOND)).toBeLessThanOrEqual(20 * SECOND);
      });
    }
  });

  describe("a clock that was ahead once, and is right again after a restart,", () => {
    async function wasAhead(bench: Bench): Promise<void> {
      bench.clock.step(DAY);
      await answer(bench, await claimed(bench, "m0"), []);
      await setBack(bench, DAY);
    }

    test("doesn't cost the free answers that come afterwards", async (bench) => {
      await wasAhead(bench);
      const token = offer("t1", { notAfter: T + 20 * MINUTE });
      const turn = await claimed(bench, "m1", { sentAt: T, token });
      const [deliveryId = ""] = (await answer(bench, turn, ["a"])).deliveryIds;
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply" });
    });

    test("closes no messaging window: it counts by the platform's time", async (bench) => {
      await wasAhead(bench);
      await bench.store.ingest({ ...message("m9", { sentAt: T, effect: "store" }), windowMs: DAY }, policy());
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      let leftMs: number | null = null;
      await start(bench, deliveryId, {
        decide: ({ routeInput: { now, windowEndsAt } }) => {
          leftMs = (windowEndsAt ?? 0) - now;
          return null;
        },
      });
      expect(leftMs).toBe(DAY);
    });

    test("doesn't pass off a deadline that has not come, nor hide one that has", async (bench) => {
      await answer(bench, await claimed(bench, "m1"), []);
      await wasAhead(bench);
      const queue = async (deliverBy: number) => {
        const to = { channel: "line", account: "default", peerId: "U1" };
        const order = { to, messages: outgoing("a"), messagesPerCall: 5, key: null, deliverBy };
        return (await bench.store.queueMessages(order))?.deliveryIds[0] ?? "";
      };
      expect(await start(bench, await queue(T + 10 * MINUTE))).toMatchObject({ kind: "send" });
      expect(await start(bench, await queue(T - 1))).not.toMatchObject({ kind: "send" });
    });

    test("makes nothing old that is young: a key is kept, and a late copy is a duplicate", async (bench) => {
      const first = await bench.store.ingest(message("m7", { effect: "store", sentAt: T }), policy());
      bench.clock.step(400 * DAY);
      await answer(bench, await claimed(bench, "m8", { peerId: "U8" }), []);
      await setBack(bench, 400 * DAY);
      await purgeAll(bench);
      expect(first.kind).toBe("accepted");
      const copy = await bench.store.ingest(message("m7", { effect: "store", sentAt: T }), policy());
      expect(copy.kind).toBe("duplicate");
    });

    test("deletes nothing young while the database's clock alone is ahead", async (bench) => {
      await bench.store.ingest(message("m7", { effect: "store", sentAt: T }), policy());
      bench.clock.step(400 * DAY);
      const purged = await purgeAll(bench, { ...RETENTION, wall: T + MINUTE });
      expect(purged).toEqual({ contents: 0, turns: 0, events: 0, keys: 0 });
      const copy = await bench.store.ingest(message("m7", { effect: "store", sentAt: T }), policy());
      expect(copy.kind).toBe("duplicate");
    });

    test("shows the agent when the free answer ends by the wall clock", async (bench) => {
      await wasAhead(bench);
      const turn = await claimed(bench, "m1", { sentAt: T, token: offer("t1", { notAfter: T + 20 * MINUTE }) });
      expect((turn.replyBy ?? 0) - (turn.aheadMs ?? 0)).toBeLessThanOrEqual(T + 20 * MINUTE);
      expect((turn.replyBy ?? 0) - (turn.aheadMs ?? 0)).toBeGreaterThan(T);
    });

    test("doesn't make anything wait", async (bench) => {
      await wasAhead(bench);
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      expect((await dueDeliveries(bench)).due).toEqual([deliveryId]);
    });
  });
}
