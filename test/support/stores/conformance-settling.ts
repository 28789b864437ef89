/**
 * Goal: each word of a platform has its one consequence, for the delivery, its token, its account and what travels
 * with it; what waits for a free road gets the next one (G8, G9, G11; regressions 34, 35, 43).
 * Method: every outcome on every road, then what is due afterwards; time is moved, never waited for.
 */
import { describe, expect } from "vitest";
import type { SendOutcomeKind } from "../../../src/core/delivery.ts";
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
} from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { DAY, HOUR, MINUTE, message, policy, RESCUE_LEAD_MS, SECOND, SEND_RETRY, T, TOKEN_TTL_MS } from "./samples.ts";

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

export function settling(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a first attempt by reply that ends as", () => {
    const expected: Record<SendOutcomeKind, { state: string; token: string; entered: boolean }> = {
      sent: { state: "sent", token: "spent", entered: true },
      retry: { state: "pending", token: "claimed", entered: false },
      "rate-limited": { state: "pending", token: "claimed", entered: false },
      "token-invalid": { state: "pending", token: "spent", entered: false },
      unknown: { state: "unknown", token: "claimed", entered: true },
      "quota-exhausted": { state: "parked", token: "claimed", entered: true },
      "account-stopped": { state: "pending", token: "claimed", entered: false },
      refused: { state: "dead", token: "spent", entered: true },
    };
    for (const [kind, { state, token, entered }] of Object.entries(expected)) {
      test(`${kind} makes the delivery ${state} and its token ${token}`, async (bench) => {
        const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
        const settled = await sent(bench, deliveryId, kind as SendOutcomeKind);
        expect(settled).toMatchObject({ settlement: { state }, entered });
        expect(await oneRow(bench, "delivery", { delivery_id: deliveryId })).toMatchObject({
          state,
          owner: null,
          lease_expires_at: null,
          due_at: settled.settlement.dueAt,
          reason: settled.settlement.reason,
          evidence: settled.settlement.evidence,
        });
        expect(await oneRow(bench, "attempt", { delivery_id: deliveryId })).toMatchObject({ outcome: kind });
        expect(await tokenState(bench)).toBe(token);
      });
    }
  });

  describe("a second unknown attempt", () => {
    test("doesn't enter a state that the delivery was in", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      expect(await sent(bench, deliveryId, "unknown")).toMatchObject({ entered: true });
      bench.clock.step(SECOND);
      expect(await sent(bench, deliveryId, "unknown")).toMatchObject({ entered: false });
    });
  });

  describe("a reply token that the platform calls invalid", () => {
    test("on its first use leads to a push, at once", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await sent(bench, deliveryId, "token-invalid");
      expect(await due(bench)).toEqual([deliveryId]);
      expect(await sending(bench, deliveryId)).toMatchObject({ attempt: 2, route: "push" });
      expect(await bench.rows("attempt", { token: "t1" })).toHaveLength(1);
    });

    test("after an unknown attempt with it proves that the person has the answer", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await sent(bench, deliveryId, "unknown");
      bench.clock.step(SECOND);
      expect(await sent(bench, deliveryId, "token-invalid")).toMatchObject({
        settlement: { state: "sent", evidence: "token-consumed" },
        entered: true,
      });
      expect(await tokenState(bench)).toBe("spent");
      expect(await due(bench)).toEqual([]);
    });
  });

  describe("a delivery that is tried again", () => {
    test("dies only after maxAttempts, however old it is", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      for (let attempt = 1; attempt < SEND_RETRY.maxAttempts; attempt++) {
        bench.clock.step(HOUR);
        expect(await sent(bench, deliveryId, "retry")).toMatchObject({ settlement: { state: "pending" } });
        bench.clock.step(MINUTE);
      }
      expect(await sent(bench, deliveryId, "retry")).toMatchObject({ settlement: { state: "dead" }, entered: true });
    });

    test("dies only after maxAgeMs, however often it was tried", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      for (let tries = 0; tries < SEND_RETRY.maxAttempts + 2; tries++) {
        const { settlement } = await sent(bench, deliveryId, "retry");
        expect(settlement.state).toBe("pending");
        bench.clock.step((settlement.dueAt ?? 0) - bench.clock.now());
      }
    });

    test("doesn't die of the time that it waited for its account", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      await sent(bench, deliveryId, "account-stopped");
      bench.clock.step(2 * DAY);
      await bench.store.takeOver("process-2");
      for (let tries = 0; tries < SEND_RETRY.maxAttempts - 1; tries++) {
        const { settlement } = await sent(bench, deliveryId, "retry");
        expect(settlement.state).toBe("pending");
        bench.clock.step((settlement.dueAt ?? 0) - bench.clock.now());
      }
    });

    for (const retryAfterMs of [20 * SECOND, HOUR, 2 * DAY]) {
      test(`waits the ${retryAfterMs} ms that the platform asked for`, async (bench) => {
        const [deliveryId] = await queued(bench, "m1", ["a"]);
        await sent(bench, deliveryId, { kind: "retry", reason: "503", retryAfterMs });
        expect(await due(bench)).toEqual([]);
        expect(await start(bench, deliveryId)).toBeNull();
        bench.clock.step(retryAfterMs);
        expect(await due(bench)).toEqual([deliveryId]);
      });
    }
  });
}

export function accounts(harness: StoreHarness): void {
  const test = testOn(harness);

  /** One delivery each of two people of an account and of one person of another account. */
  async function threeDue(bench: Bench): Promise<[string, string, string]> {
    const [one] = await queued(bench, "m1", ["a"]);
    const [same] = await queued(bench, "m2", ["b"], { peerId: "U2" });
    const [other] = await queued(bench, "m3", ["c"], { account: "second" });
    return [one, same, other];
  }

  describe("an account that is rate limited", () => {
    test("is slow as a whole, and no other account is", async (bench) => {
      const [one, same, other] = await threeDue(bench);
      await sent(bench, one, "rate-limited");
      expect(await dueDeliveries(bench)).toEqual({ due: [other], nextInMs: 20 * SECOND });
      expect(await start(bench, same)).toBeNull();
      bench.clock.step(20 * SECOND);
      expect(new Set(await due(bench))).toEqual(new Set([one, same, other]));
    });

    test("doesn't hide what others have to send, however much of it waits", async (bench) => {
      const [one, same, other] = await threeDue(bench);
      await sent(bench, one, "rate-limited");
      for (const peerId of ["U4", "U5", "U6"]) await queued(bench, peerId, ["d"], { peerId });
      expect(await due(bench, 1)).toEqual([other]);
      expect(await stateOf(bench, "delivery", same)).toBe("pending");
    });

    test("of the same name on another channel is another account", async (bench) => {
      const [one] = await queued(bench, "m1", ["a"]);
      const [other] = await queued(bench, "m2", ["b"], { channel: "messenger" });
      await sent(bench, one, "rate-limited");
      expect(await due(bench)).toEqual([other]);
    });
  });

  describe("an account that was stopped", () => {
    test("keeps its deliveries, and no other account is stopped", async (bench) => {
      const [one, same, other] = await threeDue(bench);
      await sent(bench, one, "account-stopped");
      expect(await dueDeliveries(bench)).toEqual({ due: [other], nextInMs: null });
      expect(await start(bench, same)).toBeNull();
      bench.clock.step(2 * DAY);
      expect(await due(bench)).toEqual([other]);
      for (const deliveryId of [one, same]) expect(await stateOf(bench, "delivery", deliveryId)).toBe("pending");
    });

    test("tries again after a restart", async (bench) => {
      const [one, same, other] = await threeDue(bench);
      await sent(bench, one, "account-stopped");
      await bench.crash();
      await bench.store.takeOver("process-2");
      expect(new Set(await due(bench))).toEqual(new Set([one, same, other]));
    });

    test("doesn't forget that an earlier attempt may have been accepted", async (bench) => {
      const [one] = await queued(bench, "m1", ["a"]);
      const first = await sending(bench, one);
      await settle(bench, first, "unknown");
      bench.clock.step(SECOND);
      await sent(bench, one, "account-stopped");
      expect(await stateOf(bench, "delivery", one)).toBe("unknown");
      await bench.store.takeOver("process-2");
      expect(await sending(bench, one)).toMatchObject({ call: first.call });
    });
  });
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
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: TOKEN_TTL_MS - RESCUE_LEAD_MS });
      bench.clock.step(TOKEN_TTL_MS - RESCUE_LEAD_MS);
      expect(await due(bench)).toEqual([deliveryId]);
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply", attempt: 2 });
      expect(await tokenState(bench, "t2")).toBe("claimed");
    });

    test("goes shortly before the new end when a copy made the token live longer", async (bench) => {
      const deliveryId = await parked(bench, "m1");
      await claimed(bench, "m2", { token: "t2" });
      bench.clock.step(30 * SECOND);
      await bench.store.ingest(message("m2", { token: "t2" }), policy());
      const end = T + 30 * SECOND + TOKEN_TTL_MS;
      for (const at of [T + TOKEN_TTL_MS - RESCUE_LEAD_MS, end - RESCUE_LEAD_MS]) {
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

    test("never goes by a road that costs money", async (bench) => {
      const deliveryId = await parked(bench, "m1");
      await answer(bench, await claimed(bench, "m2"), []);
      for (const id of await due(bench)) expect(await start(bench, id)).toMatchObject({ kind: "parked" });
      expect(await bench.rows("attempt", { delivery_id: deliveryId })).toHaveLength(1);
    });

    test("is as old as its wait, also when it found no road in between", async (bench) => {
      await parked(bench, "m1");
      bench.clock.step(HOUR);
      await answer(bench, await claimed(bench, "m2"), []);
      for (const id of await due(bench)) await start(bench, id);
      const waiting = await bench.store.waiting();
      expect(waiting.find(({ state }) => state === "parked")).toEqual({ state: "parked", count: 1, oldestMs: HOUR });
    });
  });
}

export function carrying(harness: StoreHarness): void {
  const test = testOn(harness);

  /** A delivery that carries a parked one in front of its own words, by a token of its own. */
  async function carrier(bench: Bench): Promise<{ carriedId: string; carrierId: string }> {
    const carriedId = await parked(bench, "m1");
    const answered = await answer(bench, await claimed(bench, "m2", { token: "t2" }), ["new"]);
    expect(answered).toMatchObject({ carried: 1 });
    return { carriedId, carrierId: answered.deliveryIds[0] ?? "" };
  }

  describe("the next answer", () => {
    test("carries what is parked in front, in the same call", async (bench) => {
      const { carriedId, carrierId } = await carrier(bench);
      expect(await due(bench)).toEqual([carrierId]);
      const attempt = await sending(bench, carrierId);
      expect(bodyOf(attempt)).toEqual(["answer to m1", "new"]);
      expect(await start(bench, carriedId)).toBeNull();
    });

    test("carries several in their order, and opens another call only when one is full", async (bench) => {
      const turn = await claimed(bench, "m1");
      const { deliveryIds } = await answer(bench, turn, ["a", "b", "c", "d"], { perCall: 2 });
      for (const deliveryId of deliveryIds) await sent(bench, deliveryId, "quota-exhausted");
      const next = await answer(bench, await claimed(bench, "m2", { token: "t2" }), ["e", "f"], { perCall: 5 });
      expect(next).toMatchObject({ carried: 2 });
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
      expect(await answer(bench, turn, ["new"])).toMatchObject({ carried: 0 });
    });

    test("doesn't carry what is on its way", async (bench) => {
      const parkedId = await parked(bench, "m1");
      const turn = await claimed(bench, "m2", { token: "t2" });
      bench.clock.step(TOKEN_TTL_MS - RESCUE_LEAD_MS);
      await sending(bench, parkedId);
      expect(await answer(bench, turn, ["new"])).toMatchObject({ carried: 0 });
    });
  });

  describe("what is carried", () => {
    test("is sent when its carrier is sent", async (bench) => {
      const { carriedId, carrierId } = await carrier(bench);
      await sent(bench, carrierId, "sent");
      expect(await stateOf(bench, "delivery", carriedId)).toBe("sent");
    });

    test("is unknown when its carrier is unknown, and sent when that is found to be sent", async (bench) => {
      const { carriedId, carrierId } = await carrier(bench);
      await sent(bench, carrierId, "unknown");
      expect(await stateOf(bench, "delivery", carriedId)).toBe("unknown");
      expect(await start(bench, carriedId)).toBeNull();
      bench.clock.step(SECOND);
      await sent(bench, carrierId, "token-invalid");
      expect(await stateOf(bench, "delivery", carriedId)).toBe("sent");
    });

    test("is set down when its carrier is dead, and travels with the next answer", async (bench) => {
      const { carriedId, carrierId } = await carrier(bench);
      await sent(bench, carrierId, "refused");
      expect(await stateOf(bench, "delivery", carriedId)).toBe("parked");
      const next = await answer(bench, await claimed(bench, "m3", { token: "t3" }), ["newer"]);
      expect(next).toMatchObject({ carried: 1 });
      expect(bodyOf(await sending(bench, next.deliveryIds[0] ?? ""))).toEqual(["answer to m1", "newer"]);
    });

    test("stays with a carrier that is tried again", async (bench) => {
      const { carriedId, carrierId } = await carrier(bench);
      await sent(bench, carrierId, "retry");
      expect(await stateOf(bench, "delivery", carriedId)).toBe("parked");
      await say(bench, "m3", { token: "t3" });
      bench.clock.step(TOKEN_TTL_MS - RESCUE_LEAD_MS);
      expect(await due(bench)).toEqual([carrierId]);
    });

    test("is sent once, and all of it, when its carrier was parked and carried in turn", async (bench) => {
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

    test("is carried through a crash", async (bench) => {
      const { carriedId, carrierId } = await carrier(bench);
      await sending(bench, carrierId);
      await bench.crash();
      await bench.store.takeOver("process-2");
      expect(await stateOf(bench, "delivery", carriedId)).toBe("unknown");
      await sent(bench, carrierId, "sent");
      expect(await stateOf(bench, "delivery", carriedId)).toBe("sent");
    });
  });
}
