/**
 * Goal: a process that shares its store and could not say that it lives begins nothing that another may have by now, and
 * takes nothing back that still counts (G6, G7, G8).
 * Method: a whole gateway whose heartbeats fail when the test says so; time stands still until the test moves it.
 */
import { afterEach, expect, test } from "vitest";
import { Unavailable } from "../src/core/errors.ts";
import { HEARTBEAT_EVERY_MS, OWNER_LEASE_MS } from "../src/core/lease.ts";
import { type Clock, pause } from "../src/runtime/clock.ts";
import type { Store } from "../src/store/store.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";
import { bot } from "./support/bots.ts";
import { separateTransactions } from "./support/separate-transactions.ts";

let whole: AssembledGateway;
afterEach(() => whole.end());

/** A store that others share, as far as this process can see. */
class Shared {
  isUnavailable = false;
  readonly calls: string[] = [];

  readonly wrap = (store: Store): Store => ({
    ...store,
    heartbeat: async () => {
      this.calls.push("heartbeat");
      if (this.isUnavailable) throw new Unavailable("the store is unavailable");
      return OWNER_LEASE_MS;
    },
    deregister: async () => {
      this.calls.push("deregister");
    },
  });
}

function clockOfWhole(): Clock {
  return whole.clock;
}

function assembled(shared: Shared, options: AssemblyOptions = {}, also: (store: Store) => Partial<Store> = () => ({})) {
  whole = assembleGateway({
    ...options,
    wrapStore: (store) => {
      const wrapped = shared.wrap(store);
      return { ...wrapped, ...also(wrapped) };
    },
  });
  return whole;
}

/** What claims a turn or records an attempt: in a transaction of its own, or in that of the step before. */
type Recording = "claimTurn" | "ingest" | "startAttempt" | "answerTurn";

/**
 * Freezes behind `method`, once, for longer than the lease lasts, and sends no heartbeat meanwhile. `heardAgain`: it sends heartbeats
 * once more before it goes on.
 */
const frozenBehind =
  (shared: Shared, method: Recording, heardAgain = false) =>
  (shares: Store): Partial<Store> => {
    let isFirst = true;
    const store = method === "ingest" || method === "answerTurn" ? shares : separateTransactions(shares);
    const real = store[method] as (...args: unknown[]) => Promise<unknown>;
    return {
      ...store,
      [method]: async (...args: unknown[]) => {
        const result = await real(...args);
        if (result === null || !isFirst) return result;
        isFirst = false;
        shared.isUnavailable = true;
        await pause(clockOfWhole(), OWNER_LEASE_MS);
        if (!heardAgain) return result;
        shared.isUnavailable = false;
        await pause(clockOfWhole(), 2 * HEARTBEAT_EVERY_MS);
        return result;
      },
    };
  };

test.each<Recording>(["startAttempt", "answerTurn"])(
  "a call that was recorded before the silence isn't made after it; the message goes out once (%s)",
  async (method) => {
    const shared = new Shared();
    assembled(shared, { answer: () => "hello" }, frozenBehind(shared, method));
    await whole.start();
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.advance(OWNER_LEASE_MS + HEARTBEAT_EVERY_MS);
    expect(whole.simulator.calls).toEqual([]);
    shared.isUnavailable = false;
    await whole.clock.advance(10_000);
    expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["hello"]);
    expect(whole.simulator.calls).toHaveLength(1);
  },
);

test.each<Recording>(["claimTurn", "ingest"])(
  "an agent isn't asked for a turn that was claimed before the silence; it is asked once, after it (%s)",
  async (method) => {
    const shared = new Shared();
    const { asked, ask } = bot();
    assembled(shared, { answer: ask }, frozenBehind(shared, method));
    await whole.start();
    await whole.clock.settle();
    const said = whole.simulator.person("Uann").says("hi");
    await whole.clock.advance(OWNER_LEASE_MS + HEARTBEAT_EVERY_MS);
    expect(asked).toEqual([]);
    shared.isUnavailable = false;
    await whole.clock.advance(10_000);
    await said;
    expect(asked.map(({ turn }) => turn.attempt)).toEqual([2]);
  },
);

test.each<Recording>(["startAttempt", "answerTurn"])(
  "a call that was recorded before the silence isn't made either by a process that was heard of again since (%s)",
  async (method) => {
    const shared = new Shared();
    const outcomes: string[] = [];
    assembled(shared, { answer: () => "hello" }, (store) => ({
      ...frozenBehind(shared, method, true)(store),
      settleAttempt: (settle) => {
        outcomes.push(settle.report.outcome.kind);
        return store.settleAttempt(settle);
      },
    }));
    await whole.start();
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.advance(OWNER_LEASE_MS + 10_000);
    expect(outcomes).toEqual(["retry", "sent"]);
    expect(whole.simulator.calls).toHaveLength(1);
  },
);

test.each<Recording>(["claimTurn", "ingest"])(
  "an agent isn't asked for a turn of before the silence by a process that was heard of again since (%s)",
  async (method) => {
    const shared = new Shared();
    const { asked, ask } = bot();
    assembled(shared, { answer: ask }, frozenBehind(shared, method, true));
    await whole.start();
    await whole.clock.settle();
    const said = whole.simulator.person("Uann").says("hi");
    await whole.clock.advance(OWNER_LEASE_MS + 10_000);
    await said;
    expect(asked.map(({ turn }) => turn.attempt)).toEqual([2]);
  },
);

test("while it is silent nothing is claimed, and webhooks are still taken in", async () => {
  const shared = new Shared();
  const { asked, ask } = bot();
  assembled(shared, { answer: ask });
  await whole.start();
  shared.isUnavailable = true;
  await whole.clock.advance(OWNER_LEASE_MS);
  const { webhook } = await whole.simulator.person("Uann").says("hi");
  expect(webhook.result).toBe("ok");
  await whole.clock.advance(10_000);
  expect(asked).toEqual([]);
  expect(whole.messages()).not.toContain("turn handed to the agent");
  shared.isUnavailable = false;
  await whole.clock.advance(HEARTBEAT_EVERY_MS);
  expect(asked).toHaveLength(1);
});

test("an answer that the agent gives during the silence counts: only what is new waits", async () => {
  const shared = new Shared();
  let turns = 0;
  assembled(shared, {
    answer: async () => {
      turns += 1;
      await pause(clockOfWhole(), 2 * OWNER_LEASE_MS);
      return "thought about it";
    },
  });
  await whole.start();
  await whole.simulator.person("Uann").says("hi");
  await whole.clock.advance(HEARTBEAT_EVERY_MS);
  shared.isUnavailable = true;
  await whole.clock.advance(3 * OWNER_LEASE_MS);
  expect(whole.simulator.calls).toEqual([]);
  shared.isUnavailable = false;
  await whole.clock.advance(10_000);
  expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["thought about it"]);
  expect(turns).toBe(1);
});

test("its time counts from before it said that it lives, not from when it was heard", async () => {
  const shared = new Shared();
  const { asked, ask } = bot();
  const delayMs = OWNER_LEASE_MS - 500;
  assembled(shared, { answer: ask }, (store) => ({
    heartbeat: async (owner) => {
      const leaseMs = (await store.heartbeat?.(owner)) ?? 0;
      // The first is heard late, and no other comes.
      if (shared.calls.length === 1) await pause(clockOfWhole(), delayMs);
      shared.isUnavailable = true;
      return leaseMs;
    },
  }));
  const started = whole.start();
  await whole.clock.advance(delayMs);
  await started;
  await whole.clock.advance(600);
  await whole.simulator.person("Uann").says("hi");
  await whole.clock.advance(10_000);
  expect(asked).toEqual([]);
});

test("it sends a heartbeat each second from before its first poll of the store, and deregisters at its end, after its last write", async () => {
  const shared = new Shared();
  assembled(shared, { answer: () => "hello" }, (store) => ({
    reclaimOrphanedLeases: (owner) => {
      shared.calls.push("reclaimOrphanedLeases");
      return store.reclaimOrphanedLeases(owner);
    },
    settleAttempt: (settle) => {
      shared.calls.push("settle");
      return store.settleAttempt(settle);
    },
    close: () => {
      shared.calls.push("close");
      return store.close();
    },
  }));
  const running = await whole.start();
  await whole.clock.advance(3 * HEARTBEAT_EVERY_MS);
  expect(shared.calls.slice(0, 2)).toEqual(["heartbeat", "reclaimOrphanedLeases"]);
  expect(shared.calls.filter((call) => call === "heartbeat").length).toBeGreaterThanOrEqual(4);
  await whole.simulator.person("Uann").says("hi");
  const stopped = running.stop();
  await whole.clock.advance(10_000);
  await stopped;
  expect(shared.calls.filter((call) => call !== "heartbeat")).toEqual([
    "reclaimOrphanedLeases",
    "settle",
    "deregister",
    "close",
  ]);
  expect(shared.calls.slice(-2)).toEqual(["deregister", "close"]);
});

test("processes that share a store look at it at moments of their own, at least as often as they are told to", async () => {
  const shared = new Shared();
  const looks: number[] = [];
  assembled(shared, {}, (store) => ({
    expireLeases: (sweep) => {
      looks.push(whole.clock.now());
      return store.expireLeases(sweep);
    },
  }));
  await whole.start();
  await whole.clock.advance(10_000);
  // The first is at the start, and the second when it is known to live.
  const gaps = looks.slice(2).map((at, index) => at - (looks[index + 1] ?? 0));
  expect(gaps.length).toBeGreaterThanOrEqual(10);
  for (const gap of gaps) expect(gap).toSatisfy((ms: number) => ms >= 750 && ms < 1_000);
});
