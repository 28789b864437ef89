/**
 * Goal: every number of what waits can be opened as rows, which say why each of them waits (G11).
 * Method: turns and deliveries in every state, counted, and read page by page.
 */
import { describe, expect } from "vitest";
import { WAITING_STATES, type WaitingState } from "../../../src/core/waiting.ts";
import type { WaitingItem, WaitingQuery } from "../../../src/store/operator.ts";
import { claimed, mustClaim, queued, say, sayNow, sending, sent } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { HOUR, message, outgoing, policy, SECOND, T, TURN_RETRY, UNKNOWN_WAIT_MS } from "./samples.ts";

const ALL: WaitingQuery = {
  scope: "all",
  kind: null,
  states: WAITING_STATES,
  channel: null,
  account: null,
  conversation: null,
  since: null,
  limit: 100,
  before: null,
  unknownWaitMs: UNKNOWN_WAIT_MS,
};

async function pages(bench: Bench, change: Partial<WaitingQuery>): Promise<WaitingItem[]> {
  const found: WaitingItem[] = [];
  for (let before: string | null = null, reads = 0; reads < 100; reads++) {
    const page = await bench.store.listWaiting({ ...ALL, ...change, before });
    found.push(...page.items);
    if (page.next === null) return found;
    before = page.next;
  }
  throw new Error("the pages don't end");
}

const idsOf = async (bench: Bench, change: Partial<WaitingQuery>) => (await pages(bench, change)).map(({ id }) => id);

/** At least two rows in every state, each of another person, a second apart. */
async function everyState(bench: Bench): Promise<void> {
  for (const round of ["a", "b"]) {
    const saying = (kind: string) => ({ peerId: `U${kind}${round}`, account: round });
    await say(bench, `collecting-${round}`, saying("c"));
    bench.clock.step(SECOND);
    const { turnId } = await say(bench, `ready-${round}`, saying("r"));
    bench.clock.step(10 * SECOND);
    await bench.store.sealTurn(turnId);
    await claimed(bench, `leased-${round}`, saying("l"));
    bench.clock.step(SECOND);
    await queued(bench, `pending-${round}`, ["x"], saying("p"));
    bench.clock.step(SECOND);
    const [onItsWay] = await queued(bench, `sending-${round}`, ["x"], saying("s"));
    await sending(bench, onItsWay);
    bench.clock.step(SECOND);
    for (const outcome of ["unknown", "quota-exhausted", "refused"] as const) {
      const [deliveryId] = await queued(bench, `${outcome}-${round}`, ["x"], saying(outcome));
      await sent(bench, deliveryId, outcome);
      bench.clock.step(SECOND);
    }
    const turn = await claimed(bench, `dead-${round}`, saying("d"));
    const failure = { kind: "dead", reason: "400 from the agent" } as const;
    await bench.store.failTurn({ ...turn, failure, retry: TURN_RETRY, random: 0 });
    bench.clock.step(SECOND);
  }
}

export function listingRows(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("the rows of what waits", () => {
    test("are as many as are counted in every state, newest first, on pages of any size", async (bench) => {
      await everyState(bench);
      for (const { state, count } of await bench.store.countWaiting()) {
        expect(count, state).toBeGreaterThanOrEqual(2);
        const whole = await pages(bench, { states: [state] });
        expect(whole.map((item) => item.state)).toEqual(Array<WaitingState>(count).fill(state));
        expect(whole.map(({ since }) => since)).toEqual(whole.map(({ since }) => since).toSorted((a, b) => b - a));
        for (const limit of [1, 2]) expect(await pages(bench, { states: [state], limit })).toEqual(whole);
      }
      expect((await pages(bench, {})).filter(({ why }) => why !== null)).toEqual([]);
      const all = await idsOf(bench, {});
      expect(new Set(all).size).toBe(all.length);
      for (const limit of [1, 3, 7]) expect(await idsOf(bench, { limit })).toEqual(all);
    });

    test("regression_age-of-no-row: the oldest in a state is as old as is counted, also after another try", async (bench) => {
      const { turnId } = await sayNow(bench, "late", { peerId: "Ulate" });
      await bench.store.sealTurn(turnId);
      bench.clock.step(SECOND);
      await everyState(bench);
      await mustClaim(bench, turnId);
      // As after another try, which ended as the one before.
      for (const state of ["unknown", "parked"]) {
        await bench.change("delivery", { state }, { state_since: bench.clock.now() });
      }
      bench.clock.step(SECOND);
      const now = bench.clock.now();
      for (const { state, oldestMs } of await bench.store.countWaiting()) {
        const ages = (await pages(bench, { states: [state] })).map(({ since }) => now - since);
        expect(Math.max(...ages), state).toBe(oldestMs);
      }
    });

    test("are only what an operator may act on, where that is asked", async (bench) => {
      await everyState(bench);
      const states = new Set((await pages(bench, { scope: "operator" })).map(({ state }) => state));
      expect([...states].sort()).toEqual(["dead", "parked", "unknown"]);
    });

    test("are filtered by account, and by the time from which they wait, to the ms", async (bench) => {
      await everyState(bench);
      const all = await pages(bench, {});
      expect(await pages(bench, { account: "a", limit: 3 })).toEqual(
        all.filter(({ conversation }) => conversation.account === "a"),
      );
      const until = all[4]?.since ?? 0;
      expect(await pages(bench, { until })).toEqual(all.filter(({ since }) => since < until));
      expect(await pages(bench, { until, limit: 2 })).toEqual(all.filter(({ since }) => since < until));
      expect(await pages(bench, { since: until })).toEqual(all.filter(({ since }) => since >= until));
    });

    test("say when they are due", async (bench) => {
      const { turnId } = await say(bench, "m1");
      const [item] = await pages(bench, {});
      expect(item).toMatchObject({ id: turnId, state: "collecting", since: T, dueAt: T + 1_500, why: null });
    });
  });

  describe("why a row waits", () => {
    const whyOf = async (bench: Bench, id: string) => (await pages(bench, {})).find((item) => item.id === id)?.why;

    test("an account that is stopped, or slow, keeps all that it sends", async (bench) => {
      for (const [account, outcome, why] of [
        ["b", "account-stopped", "stopped"],
        ["c", "rate-limited", "slow"],
      ] as const) {
        const [first] = await queued(bench, `m1-${account}`, ["x"], { account });
        const [other] = await queued(bench, `m2-${account}`, ["x"], { account, peerId: "U2" });
        expect(await whyOf(bench, other)).toBe(null);
        await sent(bench, first, outcome);
        expect(await whyOf(bench, first)).toBe(why);
        expect(await whyOf(bench, other)).toBe(why);
        expect(await idsOf(bench, { why: [why] })).toEqual([other, first].toSorted().reverse());
      }
    });

    test("a parked delivery waits for none of these, though it has a deadline", async (bench) => {
      await bench.store.ingest(message("m1", { effect: "store" }), policy());
      const to = { channel: "line", account: "default", peerId: "U1" };
      const order = { to, messages: outgoing("news"), messagesPerCall: 5, key: null, deliverBy: T + HOUR };
      const [deliveryId = ""] = (await bench.store.queueMessages(order))?.deliveryIds ?? [];
      await sent(bench, deliveryId, "quota-exhausted");
      expect(await pages(bench, {})).toMatchObject([{ state: "parked", dueAt: T + HOUR, why: null }]);
    });

    test("one delivery of a conversation waits behind another, and that one for its next try", async (bench) => {
      const [first, second = ""] = await queued(bench, "m1", ["x", "y"]);
      expect(await whyOf(bench, first)).toBe(null);
      expect(await whyOf(bench, second)).toBe("behind");
      await sent(bench, first, { kind: "retry", reason: "connection refused", retryAfterMs: 5 * SECOND });
      expect(await whyOf(bench, first)).toBe("back-off");
      expect(await whyOf(bench, second)).toBe("behind");
      expect(await idsOf(bench, { why: ["back-off"] })).toEqual([first]);
      bench.clock.step(5 * SECOND);
      expect(await whyOf(bench, first)).toBe(null);
      expect((await bench.store.readItem(second, UNKNOWN_WAIT_MS))?.item.why).toBe("behind");
    });

    test("a turn waits behind another, and that one for its next try", async (bench) => {
      const turn = await claimed(bench, "m1");
      const { turnId: second } = await sayNow(bench, "m2");
      await bench.store.sealTurn(second);
      expect(await whyOf(bench, second)).toBe("behind");
      const failure = { kind: "retry", reason: "503", retryAfterMs: 5 * SECOND } as const;
      await bench.store.failTurn({ ...turn, failure, retry: TURN_RETRY, random: 0 });
      expect(await whyOf(bench, turn.turnId)).toBe("back-off");
      expect(await whyOf(bench, second)).toBe("behind");
      expect(await idsOf(bench, { why: ["behind", "back-off"] })).toEqual([second, turn.turnId]);
      bench.clock.step(5 * SECOND);
      expect(await whyOf(bench, turn.turnId)).toBe(null);
    });

    test("a filter that passes over many goes on to the last of them, page by page", async (bench) => {
      const [first, second = ""] = await queued(bench, "m0", ["x", "y"]);
      for (let other = 1; other <= 510; other++) await say(bench, `m${other}`, { peerId: `U${other + 1}` });
      const { items, next } = await bench.store.listWaiting({ ...ALL, states: ["collecting"], why: ["behind"] });
      expect(items).toEqual([]);
      expect(next).not.toBeNull();
      expect(await idsOf(bench, { why: ["behind"] })).toEqual([second]);
      expect(await whyOf(bench, first)).toBe(null);
    });
  });
}
