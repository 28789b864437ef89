/**
 * Goal: deliveries of a conversation go one after another, each is recorded before its call is made, no token serves
 * two, and nothing that is certain is guessed (G7, G8, G9; regressions 28, 33–36, 43, 45, 48).
 * Method: answers of several calls, each settled in every way the platform can, with rivals in the same commit.
 */
import { describe, expect } from "vitest";
import { Bug } from "../../../src/core/errors.ts";
import type { DeliveryView } from "../../../src/store/attempt.ts";
import {
  answer,
  claimed,
  dueDeliveries,
  queued,
  say,
  sending,
  sent,
  settle,
  start,
  stateOf,
} from "./conformance-steps.ts";
import { type Bench, dump, oneRow, type StoreHarness, testOn } from "./harness.ts";
import {
  CALL_LEASE_MS,
  DAY,
  HOUR,
  MINUTE,
  OWNER,
  outcome,
  outgoing,
  SECOND,
  T,
  TOKEN_TTL_MS,
  UNKNOWN_WAIT_MS,
} from "./samples.ts";

async function due(bench: Bench, limit = 100): Promise<readonly string[]> {
  return (await dueDeliveries(bench, limit)).due;
}

export function ordering(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("deliveries of one conversation", () => {
    test("go one after another, in the order in which they were queued", async (bench) => {
      const [one, two = "", three = ""] = await queued(bench, "m1", ["a", "b", "c"]);
      for (const [current, later] of [
        [one, [two, three]],
        [two, [three]],
        [three, []],
      ] as const) {
        expect(await due(bench)).toEqual([current]);
        for (const waiting of later) expect(await start(bench, waiting)).toBeNull();
        const attempt = await sending(bench, current);
        expect(await due(bench)).toEqual([]);
        await settle(bench, attempt, "sent");
      }
      expect(await due(bench)).toEqual([]);
    });

    test("wait behind one that backs off, also those of a later turn", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"]);
      const [later] = await queued(bench, "m2", ["c"]);
      await sent(bench, one, { ...outcome("retry"), kind: "retry", reason: "refused", retryAfterMs: 10 * SECOND });
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: 10 * SECOND });
      expect(await start(bench, two)).toBeNull();
      expect(await start(bench, later)).toBeNull();
      bench.clock.step(10 * SECOND);
      expect(await due(bench)).toEqual([one]);
    });

    test("don't wait behind one of an earlier turn that the platform holds back for long; its own parts do", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"]);
      const [later] = await queued(bench, "m2", ["c"]);
      await sent(bench, one, { ...outcome("retry"), kind: "retry", reason: "not today", retryAfterMs: DAY });
      expect(await due(bench)).toEqual([later]);
      expect(await start(bench, two)).toBeNull();
      await sent(bench, later, "sent");
      bench.clock.step(DAY);
      expect(await due(bench)).toEqual([one]);
    });

    test("don't wait behind messages without a turn that wait for long, nor these for one another", async (bench) => {
      await answer(bench, await claimed(bench, "m0"), []);
      const queue = async (word: string) => {
        const to = { channel: "line", account: "default", peerId: "U1" };
        const order = { to, messages: outgoing(word), messagesPerCall: 5, key: null, deliverBy: null };
        return (await bench.store.queueMessages(order))?.deliveryIds[0] ?? "";
      };
      const one = await queue("a template");
      await sent(bench, one, { ...outcome("retry"), kind: "retry", reason: "not today", retryAfterMs: DAY });
      const two = await queue("another");
      const [later] = await queued(bench, "m2", ["an answer"]);
      expect(await due(bench)).toEqual([two]);
      await sent(bench, two, "sent");
      expect(await due(bench)).toEqual([later]);
    });

    test("don't wait behind one of an earlier turn whose outcome is unknown", async (bench) => {
      const [one] = await queued(bench, "m1", ["a"]);
      const [later] = await queued(bench, "m2", ["b"]);
      await sent(bench, one, "unknown");
      expect(await due(bench)).toEqual([later]);
    });

    test("wait behind an unknown part of the same answer, but not longer than unknownWaitMs", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"]);
      await sent(bench, one, "unknown");
      expect(await start(bench, two)).toBeNull();
      bench.clock.step(UNKNOWN_WAIT_MS - 1);
      expect(await due(bench)).toEqual([one]);
      expect(await start(bench, two)).toBeNull();
      bench.clock.step(1);
      expect(new Set(await due(bench))).toEqual(new Set([one, two]));
      expect(await start(bench, two)).toMatchObject({ kind: "send" });
    });

    test("are held no longer by an unknown part that is unknown again", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"]);
      await sent(bench, one, "unknown");
      bench.clock.step(UNKNOWN_WAIT_MS - 1);
      await sent(bench, one, "unknown");
      bench.clock.step(1);
      expect(await start(bench, two)).toMatchObject({ kind: "send" });
    });

    test("don't wait behind an unknown part that nobody tries again", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"], { token: "t1" });
      await sent(bench, one, "unknown");
      bench.clock.step(TOKEN_TTL_MS);
      expect(await start(bench, one)).toMatchObject({ kind: "held" });
      expect(await due(bench)).toEqual([two]);
    });

    for (const end of ["quota-exhausted", "refused"] as const) {
      test(`don't wait behind one that ended as ${end}`, async (bench) => {
        const [one, two = ""] = await queued(bench, "m1", ["a", "b"]);
        await sent(bench, one, end);
        expect(await due(bench)).toEqual([two]);
      });
    }

    test("are never sent at the same time, even where raw rows try it", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"]);
      await sending(bench, one);
      const claim = { state: "sending", owner: "rival", lease_expires_at: T + HOUR };
      await expect(async () => bench.change("delivery", { delivery_id: two }, claim)).rejects.toThrow();
    });

    test("don't wait for those of other conversations", async (bench) => {
      const [one] = await queued(bench, "m1", ["a"]);
      const [other] = await queued(bench, "m2", ["b"], { peerId: "U2" });
      await sending(bench, one);
      expect(await due(bench)).toEqual([other]);
    });
  });

  describe("dueDeliveries", () => {
    test("lists one that was tried in vain after those of other conversations that have waited longer", async (bench) => {
      const [tried] = await queued(bench, "m1", ["a"]);
      await sent(bench, tried, "retry");
      const [second] = await queued(bench, "m2", ["b"], { peerId: "U2" });
      bench.clock.step(1);
      const [third] = await queued(bench, "m3", ["c"], { peerId: "U3" });
      bench.clock.step(MINUTE);
      expect(await due(bench)).toEqual([second, third, tried]);
      expect(await due(bench, 1)).toEqual([second]);
    });

    test("lists no more than asked for, and changes nothing", async (bench) => {
      for (const peerId of ["U1", "U2", "U3"]) await queued(bench, peerId, ["a"], { peerId });
      const before = await dump(bench);
      expect(await due(bench, 2)).toHaveLength(2);
      expect(await dump(bench)).toEqual(before);
    });

    test("says to look again when a part's hold ends, not when its next try begins", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"]);
      for (let round = 0; round < 8; round++) {
        const { settlement } = await sent(bench, one, "unknown");
        const waitMs = (settlement.dueAt ?? 0) - bench.clock.now();
        const heldUntil = T + UNKNOWN_WAIT_MS;
        if (bench.clock.now() + waitMs > heldUntil) break;
        bench.clock.step(waitMs);
      }
      const { nextInMs } = await dueDeliveries(bench);
      expect(nextInMs).toBeLessThanOrEqual(T + UNKNOWN_WAIT_MS - bench.clock.now());
      expect(await start(bench, two)).toBeNull();
    });

    test("finds what was queued before the clock was set back", async (bench) => {
      const [one] = await queued(bench, "m1", ["a"]);
      bench.clock.step(-HOUR);
      await bench.crash();
      await bench.store.reclaimOrphanedLeases("process-2");
      expect(await due(bench)).toEqual([one]);
      expect(await start(bench, one)).toMatchObject({ kind: "send" });
    });
  });
}

export function recording(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("startAttempt", () => {
    test("has written the attempt, to the byte, when it resolves", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      const attempt = await sending(bench, deliveryId);
      await bench.crash();
      const routeReason = "own-token";
      expect(attempt).toMatchObject({ attempt: 1, route: "reply", routeReason, startedAt: T, createdAt: T });
      expect(await oneRow(bench, "attempt", { delivery_id: deliveryId })).toMatchObject({
        attempt: 1,
        route: "reply",
        route_reason: routeReason,
        token: "t1",
        path: attempt.call.path,
        body: attempt.call.body,
        owner: OWNER,
        outcome: null,
      });
      expect(await oneRow(bench, "delivery", { delivery_id: deliveryId })).toMatchObject({
        state: "sending",
        attempts: 1,
        lease_expires_at: T + CALL_LEASE_MS,
      });
      expect(await oneRow(bench, "reply_token", { token: "t1" })).toMatchObject({ delivery_id: deliveryId });
    });

    test("gives a delivery to one of two that start it in the same commit", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      const attempts = await Promise.all([start(bench, deliveryId), start(bench, deliveryId, { owner: "rival" })]);
      expect(attempts.filter((attempt) => attempt !== null)).toMatchObject([{ kind: "send" }]);
      expect(await bench.rows("attempt")).toHaveLength(1);
    });

    test("gives a token to one of two deliveries that start in the same commit", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"], { token: "t1" });
      const attempts = await Promise.all([start(bench, one), start(bench, two)]);
      expect(attempts).toMatchObject([{ kind: "send", route: "reply" }, null]);
      await settle(bench, { deliveryId: one, attempt: 1 }, "unknown");
      bench.clock.step(UNKNOWN_WAIT_MS);
      expect(await start(bench, two)).toMatchObject({ kind: "send", route: "push" });
    });

    test("refuses to give away a token that another delivery has, and nothing has changed", async (bench) => {
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"], { token: "t1" });
      await sent(bench, one, "sent");
      const before = await dump(bench);
      const chooseRoute = () => ({ kind: "reply", token: "t1" }) as const;
      await expect(start(bench, two, { chooseRoute })).rejects.toThrow(Bug);
      expect(await dump(bench)).toEqual(before);
    });

    test("gives a token that came with two events to one delivery", async (bench) => {
      await say(bench, "m0", { token: "t1" });
      const [one, two = ""] = await queued(bench, "m1", ["a", "b"], { token: "t1" });
      expect((await sending(bench, one)).route).toBe("reply");
      await settle(bench, { deliveryId: one, attempt: 1 }, "sent");
      expect((await sending(bench, two)).route).toBe("push");
    });

    test("changes nothing when the route can't be chosen or the call can't be built", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      const before = await dump(bench);
      const fail = (): never => {
        throw new Bug("no route");
      };
      await expect(start(bench, deliveryId, { chooseRoute: fail })).rejects.toThrow("no route");
      await expect(start(bench, deliveryId, { buildCall: fail })).rejects.toThrow("no route");
      expect(await dump(bench)).toEqual(before);
    });

    test("finds nothing to start in what is unknown to it, sent, or not due", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      await sent(bench, deliveryId, "retry");
      const before = await dump(bench);
      expect(await start(bench, deliveryId)).toBeNull();
      expect(await start(bench, "dlv_unknown")).toBeNull();
      expect(await dump(bench)).toEqual(before);
      bench.clock.step(MINUTE);
      await sent(bench, deliveryId, "sent");
      expect(await start(bench, deliveryId)).toBeNull();
    });

    test("shows the route's choice what it needs", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a", "b"], { token: "t1" });
      const views: DeliveryView[] = [];
      await sending(bench, deliveryId, {
        chooseRoute: (view) => {
          views.push(view);
          return { kind: "paid", route: "push" };
        },
      });
      expect(views).toMatchObject([
        {
          deliveryId,
          conversation: { channel: "line", account: "default", peerId: "U1" },
          messages: [{ type: "text", text: "a" }],
          now: T,
          routeInput: {
            now: T,
            earlier: [],
            boundTokenExpiresAt: null,
            freeOnly: false,
            tokens: [{ token: "t1", expiresAt: T + TOKEN_TTL_MS, ownTurn: true, turnAnswered: true }],
          },
        },
      ]);
    });

    test("keeps another turn's token away until that turn is answered", async (bench) => {
      const slow = await claimed(bench, "m1");
      const [deliveryId = ""] = (await answer(bench, slow, ["a"])).deliveryIds;
      const next = await claimed(bench, "m2", { token: "t2" });
      expect((await sending(bench, deliveryId)).route).toBe("push");
      await settle(bench, { deliveryId, attempt: 1 }, "retry");
      await answer(bench, next, []);
      bench.clock.step(SECOND);
      expect(await start(bench, deliveryId)).toMatchObject({ route: "reply", call: { path: "/reply" } });
    });

    test("parks what has no route, without a call", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      const chooseRoute = () => ({ kind: "park", reason: "no route" }) as const;
      expect(await start(bench, deliveryId, { chooseRoute })).toMatchObject({
        conversation: { channel: "line", account: "default" },
        entered: true,
        kind: "parked",
        deliveryId,
        reason: "no route",
      });
      expect(await bench.rows("attempt")).toEqual([]);
      expect(await stateOf(bench, "delivery", deliveryId)).toBe("parked");
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: null });
    });
  });
}
