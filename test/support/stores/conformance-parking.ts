/**
 * Goal: what waits for a free route gets the next one, alone or in front of the next answer, once, and all of it (G8, G9,
 * G11; regression 35).
 * Method: the quota parks, the person writes, the agent answers or is late; each end of a carrier is tried.
 */
import { describe, expect } from "vitest";
import type { RouteDecision } from "../../../src/core/route.ts";
import type { DeliveryView } from "../../../src/store/attempt.ts";
import {
  answer,
  claimed,
  dueDeliveries,
  mustClaim,
  queued,
  say,
  sayNow,
  sending,
  sent,
  settle,
  start,
  stateOf,
  waitOut,
} from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import {
  CALL_LEASE_MS,
  DAY,
  HOUR,
  message,
  policy,
  SECOND,
  T,
  TOKEN_FALLBACK_LEAD_MS,
  TOKEN_TTL_MS,
} from "./samples.ts";

async function due(bench: Bench, limit = 100): Promise<readonly string[]> {
  return (await dueDeliveries(bench, limit)).due;
}

async function tokenState(bench: Bench, token = "t1"): Promise<unknown> {
  return (await oneRow(bench, "reply_token", { token })).state;
}

/** A delivery that the month's quota has parked. */
async function parked(bench: Bench, id: string): Promise<string> {
  const [deliveryId] = await queued(bench, id, [`answer to ${id}`]);
  await sent(bench, deliveryId, "quota-exhausted");
  return deliveryId;
}

function bodyOf(attempt: { readonly call: { readonly body: string } }): string[] {
  const { messages } = JSON.parse(attempt.call.body) as { messages: { text: string }[] };
  return messages.map(({ text }) => text);
}

export function parking(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a parked delivery", () => {
    test("waits without a time until the person writes", async (bench) => {
      const deliveryId = await parked(bench, "m1");
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: null });
      bench.clock.step(DAY);
      await say(bench, "m2");
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: null });
      expect(await start(bench, deliveryId)).toBeNull();
    });

    test("goes alone, by reply, shortly before the end of the person's next token", async (bench) => {
      const deliveryId = await parked(bench, "m1");
      await claimed(bench, "m2", { token: "t2" });
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: TOKEN_TTL_MS - TOKEN_FALLBACK_LEAD_MS });
      bench.clock.step(TOKEN_TTL_MS - TOKEN_FALLBACK_LEAD_MS);
      expect(await due(bench)).toEqual([deliveryId]);
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply", attempt: 2 });
      expect(await tokenState(bench, "t2")).toBe("claimed");
    });

    test("goes on waiting for a free route when its try on one came to nothing", async (bench) => {
      const deliveryId = await parked(bench, "m1");
      await claimed(bench, "m2", { token: "t2" });
      bench.clock.step(TOKEN_TTL_MS - TOKEN_FALLBACK_LEAD_MS);
      await sent(bench, deliveryId, "retry");
      bench.clock.step(DAY);
      let freeOnly: boolean | null = null;
      const chooseRoute = ({ routeInput }: DeliveryView): RouteDecision => {
        freeOnly = routeInput.freeOnly;
        return { kind: "park", reason: "no free route is open" };
      };
      expect(await start(bench, deliveryId, { chooseRoute })).toMatchObject({ kind: "parked" });
      expect(freeOnly).toBe(true);
    });

    test("goes shortly before the new end when a copy made the token live longer", async (bench) => {
      const deliveryId = await parked(bench, "m1");
      await claimed(bench, "m2", { token: "t2" });
      bench.clock.step(30 * SECOND);
      await bench.store.ingest(message("m2", { token: "t2" }), policy());
      const end = T + 30 * SECOND + TOKEN_TTL_MS;
      for (const at of [T + TOKEN_TTL_MS - TOKEN_FALLBACK_LEAD_MS, end - TOKEN_FALLBACK_LEAD_MS]) {
        bench.clock.step(at - bench.clock.now());
        for (const id of await due(bench)) await start(bench, id);
      }
      expect(await oneRow(bench, "delivery", { delivery_id: deliveryId })).toMatchObject({
        state: "sending",
        route: "reply",
      });
    });

    test("goes at once, by the token that is left, when the turn is answered without replies", async (bench) => {
      const deliveryId = await parked(bench, "m1");
      await answer(bench, await claimed(bench, "m2", { token: "t2" }), []);
      expect(await due(bench)).toEqual([deliveryId]);
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply" });
    });

    test("never goes by a route that costs money", async (bench) => {
      const deliveryId = await parked(bench, "m1");
      await answer(bench, await claimed(bench, "m2"), []);
      for (const id of await due(bench)) expect(await start(bench, id)).toMatchObject({ kind: "parked" });
      expect(await bench.rows("attempt", { delivery_id: deliveryId })).toHaveLength(1);
    });

    test("is as old as its wait, also when it found no route in between", async (bench) => {
      await parked(bench, "m1");
      bench.clock.step(HOUR);
      await answer(bench, await claimed(bench, "m2"), []);
      for (const id of await due(bench)) await start(bench, id);
      const waiting = await bench.store.countWaiting();
      expect(waiting.find(({ state }) => state === "parked")).toEqual({ state: "parked", count: 1, oldestMs: HOUR });
    });
  });
}

export function carrying(harness: StoreHarness): void {
  const test = testOn(harness);

  /** A delivery that carries a parked one in front of its own words, by a token of its own. */
  async function bundledPair(bench: Bench): Promise<{ bundledId: string; bundledInto: string }> {
    const bundledId = await parked(bench, "m1");
    const answered = await answer(bench, await claimed(bench, "m2", { token: "t2" }), ["new"]);
    expect(answered).toMatchObject({ bundled: 1 });
    return { bundledId, bundledInto: answered.deliveryIds[0] ?? "" };
  }

  describe("the next answer", () => {
    test("carries what is parked in front, in the same call", async (bench) => {
      const { bundledId, bundledInto } = await bundledPair(bench);
      expect(await due(bench)).toEqual([bundledInto]);
      const attempt = await sending(bench, bundledInto);
      expect(bodyOf(attempt)).toEqual(["answer to m1", "new"]);
      expect(await start(bench, bundledId)).toBeNull();
    });

    test("carries several in their order, and opens another call only when one is full", async (bench) => {
      const turn = await claimed(bench, "m1");
      const { deliveryIds } = await answer(bench, turn, ["a", "b", "c", "d"], { perCall: 2 });
      for (const deliveryId of deliveryIds) await sent(bench, deliveryId, "quota-exhausted");
      const next = await answer(bench, await claimed(bench, "m2", { token: "t2" }), ["e", "f"], { perCall: 5 });
      expect(next).toMatchObject({ bundled: 2 });
      const [first = "", second = "", ...none] = next.deliveryIds;
      expect(none).toEqual([]);
      const attempt = await sending(bench, first);
      expect(bodyOf(attempt)).toEqual(["a", "b", "c", "d", "e"]);
      await settle(bench, attempt, "sent");
      expect(bodyOf(await sending(bench, second))).toEqual(["f"]);
    });

    test("of another person carries nothing", async (bench) => {
      await parked(bench, "m1");
      const turn = await claimed(bench, "m2", { peerId: "U2", token: "t2" });
      expect(await answer(bench, turn, ["new"])).toMatchObject({ bundled: 0 });
    });

    test("doesn't carry what is on its way", async (bench) => {
      const parkedId = await parked(bench, "m1");
      const turn = await claimed(bench, "m2", { token: "t2" });
      bench.clock.step(TOKEN_TTL_MS - TOKEN_FALLBACK_LEAD_MS);
      await sending(bench, parkedId);
      expect(await answer(bench, turn, ["new"])).toMatchObject({ bundled: 0 });
    });
  });

  describe("what is bundled", () => {
    test("is sent when its carrier is sent", async (bench) => {
      const { bundledId, bundledInto } = await bundledPair(bench);
      await sent(bench, bundledInto, "sent");
      expect(await stateOf(bench, "delivery", bundledId)).toBe("sent");
    });

    test("is unknown when its carrier is unknown, and sent when that is found to be sent", async (bench) => {
      const { bundledId, bundledInto } = await bundledPair(bench);
      await sent(bench, bundledInto, "unknown");
      expect(await stateOf(bench, "delivery", bundledId)).toBe("unknown");
      expect(await start(bench, bundledId)).toBeNull();
      bench.clock.step(SECOND);
      await sent(bench, bundledInto, "token-invalid");
      expect(await stateOf(bench, "delivery", bundledId)).toBe("sent");
    });

    test("is unbundled when its carrier is dead, and travels with the next answer", async (bench) => {
      const { bundledId, bundledInto } = await bundledPair(bench);
      await sent(bench, bundledInto, "refused");
      expect(await stateOf(bench, "delivery", bundledId)).toBe("parked");
      const next = await answer(bench, await claimed(bench, "m3", { token: "t3" }), ["newer"]);
      expect(next).toMatchObject({ bundled: 1 });
      expect(bodyOf(await sending(bench, next.deliveryIds[0] ?? ""))).toEqual(["answer to m1", "newer"]);
    });

    test("stays with a carrier that is tried again", async (bench) => {
      const { bundledId, bundledInto } = await bundledPair(bench);
      await sent(bench, bundledInto, "retry");
      expect(await stateOf(bench, "delivery", bundledId)).toBe("parked");
      await say(bench, "m3", { token: "t3" });
      bench.clock.step(TOKEN_TTL_MS - TOKEN_FALLBACK_LEAD_MS);
      expect(await due(bench)).toEqual([bundledInto]);
    });

    test("is sent once, and all of it, when its carrier was parked and bundled in turn", async (bench) => {
      const first = await parked(bench, "m1");
      const second = (await answer(bench, await claimed(bench, "m2"), ["second"])).deliveryIds[0] ?? "";
      await sent(bench, second, "quota-exhausted");
      const turn = await mustClaim(bench, (await sayNow(bench, "m3", { token: "t3" })).turnId);
      const last = (await answer(bench, turn, ["third"])).deliveryIds[0] ?? "";
      const attempt = await sending(bench, last);
      expect(bodyOf(attempt)).toEqual(["answer to m1", "second", "third"]);
      await settle(bench, attempt, "sent");
      for (const deliveryId of [last, second, first]) expect(await stateOf(bench, "delivery", deliveryId)).toBe("sent");
    });

    test("stays bundled through a crash", async (bench) => {
      const { bundledId, bundledInto } = await bundledPair(bench);
      await sending(bench, bundledInto);
      await bench.crash();
      await waitOut(bench, CALL_LEASE_MS);
      await bench.store.reclaimOrphanedLeases("process-2");
      expect(await stateOf(bench, "delivery", bundledId)).toBe("unknown");
      await sent(bench, bundledInto, "sent");
      expect(await stateOf(bench, "delivery", bundledId)).toBe("sent");
    });
  });
}
