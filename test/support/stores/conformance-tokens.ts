/**
 * Goal: a free answer is found however the conversation went on, and only where it may be taken (G9).
 * Method: many turns after it, events without a turn, accounts that this process doesn't have.
 */
import { describe, expect } from "vitest";
import { answer, claimed, dueDeliveries, queued, sayNow, sending, settle, stateOf } from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import { message, OWNER, offer, policy, report, retraction, SECOND, T, TOKEN_TTL_MS } from "./samples.ts";

/** More than a store looks back for somebody else's token. */
const MANY_TURNS = 30;

export function findingTokens(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a free answer", () => {
    test("is tried again though many turns came since its call was cut", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await sending(bench, deliveryId);
      await settle(bench, { deliveryId, attempt: 1 }, "unknown");
      for (let turn = 0; turn < MANY_TURNS; turn++) await sayNow(bench, `later-${turn}`);
      bench.clock.step(1_000);
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply", attempt: 2 });
    });

    test("of the turn itself is found though many turns came since", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      for (let later = 0; later < MANY_TURNS; later++) await sayNow(bench, `later-${later}`);
      const [deliveryId = ""] = (await answer(bench, turn, ["a"])).deliveryIds;
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply" });
    });

    test("that came with an event of no turn serves the next answer", async (bench) => {
      const turn = await claimed(bench, "m1");
      await bench.store.ingest(message("beacon", { effect: "store", token: "t1" }), policy());
      const [deliveryId = ""] = (await answer(bench, turn, ["a"])).deliveryIds;
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply" });
    });
  });

  describe("a free answer that was claimed and certainly not used", () => {
    const tokenState = async (bench: Bench, token: string) => (await oneRow(bench, "reply_token", { token })).state;

    test("is free again when its delivery takes another route", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await settle(bench, await sending(bench, deliveryId), "retry");
      expect(await tokenState(bench, "t1")).toBe("claimed");
      bench.clock.step(TOKEN_TTL_MS - SECOND);
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "push" });
      expect(await tokenState(bench, "t1")).toBe("unused");
    });

    test("is free again for an answer that can still use it", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await settle(bench, await sending(bench, deliveryId), "retry");
      bench.clock.step(SECOND);
      await sending(bench, deliveryId, { chooseRoute: () => ({ kind: "paid", route: "push" }) });
      await settle(bench, { deliveryId, attempt: 2 }, "sent");
      const [next] = await queued(bench, "m2", ["b"]);
      expect(await sending(bench, next)).toMatchObject({ route: "reply" });
    });

    test("is free again when its delivery dies", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      const attempt = await sending(bench, deliveryId);
      await bench.change("attempt", { delivery_id: deliveryId }, { started_at: T - 1 });
      const retry = { baseMs: 1, capMs: 1, maxAttempts: 1, maxAgeMs: 1 };
      await bench.store.settleAttempt({ ...attempt, report: report("retry"), retry, random: 0 });
      expect(await stateOf(bench, "delivery", deliveryId)).toBe("dead");
      expect(await tokenState(bench, "t1")).toBe("unused");
    });

    test("gets a new minute from a redelivered copy, and none from a copy that isn't marked", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await settle(bench, await sending(bench, deliveryId), "retry");
      bench.clock.step(20 * SECOND);
      const end = T + TOKEN_TTL_MS;
      await bench.store.ingest(message("m1", { token: "t1" }), policy());
      expect(await oneRow(bench, "reply_token", { token: "t1" })).toMatchObject({ state: "claimed", expires_at: end });
      await bench.store.ingest(message("m1", { token: "t1", redelivered: true }), policy());
      expect((await oneRow(bench, "reply_token", { token: "t1" })).expires_at).toBe(end + 20 * SECOND);
    });

    for (const [copy, redelivered, state] of [
      ["a copy that isn't marked settles no doubt", false, "unknown"],
      ["a redelivered copy does", true, "sent"],
    ] as const) {
      test(`is granted by the platform, not by the network: the new life of ${copy}`, async (bench) => {
        const turn = await claimed(bench, "m1", { token: "t1" });
        bench.clock.step(TOKEN_TTL_MS - 2 * SECOND);
        await bench.store.ingest(message("m1", { token: "t1", redelivered }), policy());
        bench.clock.step(10 * SECOND);
        const [deliveryId = ""] = (await answer(bench, turn, ["a"])).deliveryIds;
        const first = await sending(bench, deliveryId);
        expect(first).toMatchObject({ route: "reply" });
        const said = await settle(bench, first, "unknown");
        expect(said.settlement.state).toBe("unknown");
        await bench.change("delivery", { delivery_id: deliveryId }, { due_at: bench.clock.now() });
        const again = await sending(bench, deliveryId, { chooseRoute: () => ({ kind: "reply", token: "t1" }) });
        expect((await settle(bench, again, "token-invalid")).settlement.state).toBe(state);
      });
    }

    test("is believed for as long as its first copy's age leaves, and tried for longer", async (bench) => {
      const ends = async (token: string) => {
        const { expires_at, guaranteed_until } = await oneRow(bench, "reply_token", { token });
        return [expires_at, guaranteed_until];
      };
      const aged = (id: string, grantedAt: number) => message(id, { token: offer(id, { grantedAt }) });
      await bench.store.ingest(aged("m0", T - 17 * SECOND), policy());
      expect(await ends("m0")).toEqual([T + TOKEN_TTL_MS, T + TOKEN_TTL_MS - 17 * SECOND]);
      const together = [aged("m1", T - 3 * SECOND), aged("m2", T - 4 * SECOND)];
      await Promise.all(together.map((event) => bench.store.ingest(event, policy({ waitedMs: () => 3_500 }))));
      expect(await ends("m1")).toEqual([T + TOKEN_TTL_MS, T + TOKEN_TTL_MS - 3_500]);
      expect(await ends("m2")).toEqual([T + TOKEN_TTL_MS, T + TOKEN_TTL_MS - 4 * SECOND]);
    });

    test("gets more from a marked copy that waited, and never less than it had", async (bench) => {
      const guaranteedUntil = async () => (await oneRow(bench, "reply_token", { token: "t1" })).guaranteed_until;
      const copy = (waitedMs: number) =>
        bench.store.ingest(message("m1", { token: "t1", redelivered: true }), policy({ waitedMs: () => waitedMs }));
      await bench.store.ingest(message("m1", { token: "t1" }), policy());
      await copy(10 * SECOND);
      expect(await guaranteedUntil()).toBe(T + TOKEN_TTL_MS);
      bench.clock.step(20 * SECOND);
      await copy(10 * SECOND);
      expect(await guaranteedUntil()).toBe(T + 10 * SECOND + TOKEN_TTL_MS);
    });

    test("that was spent gets nothing from a copy", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      await settle(bench, await sending(bench, deliveryId), "sent");
      const copy = message("m1", { token: offer("t1"), redelivered: true });
      expect(await bench.store.ingest(copy, policy())).toMatchObject({ tokenRefreshed: false });
    });
  });

  describe("a process", () => {
    test("looks for turns and deliveries of its own accounts only", async (bench) => {
      const { turnId } = await sayNow(bench, "m1", { peerId: "U1" });
      const [deliveryId] = await queued(bench, "m2", ["a"], { peerId: "U2" });
      expect((await readyTurns(bench.store, 10, "line/other")).due).toEqual([]);
      expect((await dueDeliveries(bench, 10, "line/other")).due).toEqual([]);
      expect((await readyTurns(bench.store, 10)).due).toEqual([turnId]);
      expect((await dueDeliveries(bench, 10)).due).toEqual([deliveryId]);
    });

    test("takes back an attempt whose record it could not be told of", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      await sending(bench, deliveryId);
      const retry = { baseMs: 1, capMs: 1, maxAttempts: 9, maxAgeMs: 9 };
      await bench.store.abandonAttempt({ deliveryId, owner: "another", retry, random: 0 });
      expect(await stateOf(bench, "delivery", deliveryId)).toBe("sending");
      await bench.store.abandonAttempt({ deliveryId, owner: OWNER, retry, random: 0 });
      expect(await stateOf(bench, "delivery", deliveryId)).toBe("pending");
    });
  });

  describe("a message that was taken back", () => {
    test("before it came is known when it comes, and opens no turn", async (bench) => {
      await bench.store.ingest(message("unsend-1", { effect: "store", revises: retraction("m1") }), policy());
      expect(await bench.store.ingest(message("m1"), policy())).toMatchObject({ kind: "duplicate" });
      expect(await bench.rows("turn")).toEqual([]);
    });
  });
}
