/**
 * Goal: a message goes its whole way at once when all is well, and when an agent is slow or gone or a lease lost, it
 * waits, is handed out again, or is refused, and the person sees one answer.
 * Method: `createGateway` with real SQLite, LINE over its simulator and a function as the bot, on a manual clock. Faults
 * are put in by wrapping the store; a rival works on the same store.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, test } from "vitest";
import { inProcessAgent } from "../src/agents/in-process.ts";
import type { Channel } from "../src/channels/channel.ts";
import { Unavailable } from "../src/core/errors.ts";
import { pause } from "../src/runtime/clock.ts";
import type { Store } from "../src/store/store.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";
import { bot, patientBot } from "./support/bots.ts";
import { separateTransactions } from "./support/separate-transactions.ts";
import { readyTurns } from "./support/stores/ready-turns.ts";

const ACK_BUDGET_MS = 2_000;
const POLL_MS = 1_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembleGateway(options);
  ends.push(whole.end);
  await whole.start();
  return whole;
}

const ann = (whole: AssembledGateway) => whole.simulator.person("Uann");
const screen = (whole: AssembledGateway) => whole.simulator.seenBy("Uann").map(({ text }) => text);

describe("when all is well", () => {
  test("a message is answered without a moment of waiting, by the free token", async () => {
    const { asked, ask } = bot();
    const whole = await started({ answer: ask });
    const before = whole.clock.now();
    const { webhook } = await ann(whole).says("hi");
    await whole.clock.settle();
    expect(webhook).toMatchObject({ status: 200 });
    expect(screen(whole)).toEqual(["echo hi"]);
    expect(whole.simulator.calls).toMatchObject([{ path: "/v2/bot/message/reply", status: 200 }]);
    expect(asked).toHaveLength(1);
    expect(whole.clock.now()).toBe(before);
  });

  test.each([
    ["shared", (store: Store) => store],
    ["separate", separateTransactions],
  ])("in %s transactions an attempt is on the disk before its call is made", async (_, wrapStore) => {
    const folder = mkdtempSync(join(tmpdir(), "turnpike-attempts-"));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "turnpike.db");
    const onDisk: unknown[] = [];
    const wrapChannel = (channel: Channel): Channel => ({
      ...channel,
      send: async (call, route) => {
        const other = new Database(file, { readonly: true });
        onDisk.push(other.prepare("SELECT body, outcome FROM attempt ORDER BY attempt").all());
        other.close();
        return await channel.send(call, route);
      },
    });
    const whole = await started({ answer: bot().ask, file, wrapStore, wrapChannel });
    whole.simulator.faults.next("reply", { at: "after-accept", how: 500 });
    await ann(whole).says("hi");
    await whole.clock.advance(5_000);
    const [reply] = whole.simulator.calls;
    expect(onDisk).toEqual([
      [{ body: reply?.body, outcome: null }],
      [
        { body: reply?.body, outcome: "unknown" },
        { body: reply?.body, outcome: null },
      ],
    ]);
  });

  test("messages of one burst are one turn, and what comes while it runs is the next one", async () => {
    const { asked, ask, answers } = patientBot();
    const whole = await started({ answer: ask, settings: { batch: { quietMs: 1_500, maxWaitMs: 8_000 } } });
    for (const text of ["one", "two"]) {
      await ann(whole).says(text);
      await whole.clock.advance(1_000);
    }
    await whole.clock.advance(500);
    expect(asked.map(({ turn }) => turn.text)).toEqual(["one\ntwo"]);
    await ann(whole).says("three");
    await whole.clock.advance(5_000);
    expect(asked).toHaveLength(1);
    answers[0]?.resolve("first");
    await whole.clock.settle();
    expect(asked.map(({ turn }) => turn.text)).toEqual(["one\ntwo", "three"]);
    answers[1]?.resolve("second");
    await whole.clock.settle();
    expect(screen(whole)).toEqual(["first", "second"]);
  });

  test("somebody who never stops typing is handed over after the longest wait", async () => {
    const { asked, ask } = bot();
    const whole = await started({ answer: ask, settings: { batch: { quietMs: 1_500, maxWaitMs: 8_000 } } });
    for (let n = 0; n < 8; n += 1) {
      await ann(whole).says(`${n}`);
      await whole.clock.advance(1_000);
    }
    expect(asked.map(({ turn }) => turn.events.length)).toEqual([8]);
  });
});

describe("the ack budget", () => {
  /** The commit is done and its word takes that long. */
  const slowly =
    (ms: number, whole: () => AssembledGateway) =>
    (store: Store): Store => ({
      ...store,
      ingest: async (...args) => {
        const result = await store.ingest(...args);
        await pause(whole().clock, ms);
        return result;
      },
    });

  async function answerAfter(ms: number) {
    const { asked, ask } = bot();
    const whole: AssembledGateway = await started({
      answer: ask,
      wrapStore: slowly(ms, () => whole),
      line: { redelivery: { timeoutMs: 60_000 } },
    });
    const posted = ann(whole).says("hi");
    await whole.clock.advance(ms + 1);
    return { whole, asked, status: (await posted).webhook.status };
  }

  test("is kept by a commit within it", async () => {
    const { whole, status } = await answerAfter(ACK_BUDGET_MS - 1);
    expect(status).toBe(200);
    expect(screen(whole)).toEqual(["echo hi"]);
  });

  test("that is missed is a 503, what was stored is answered, and the copy is known", async () => {
    const { whole, status } = await answerAfter(ACK_BUDGET_MS + 1);
    expect(status).toBe(503);
    expect(screen(whole)).toEqual(["echo hi"]);
    const [first] = whole.simulator.webhooks;
    const copy = whole.simulator.redeliver(first?.eventIds[0] ?? "");
    await whole.clock.advance(ACK_BUDGET_MS + 2);
    expect((await copy)?.status).toBe(503);
    expect(screen(whole)).toEqual(["echo hi"]);
    expect(await whole.count("events_total", { outcome: "duplicate" })).toBe(1);
  });

  test("that is missed is a 503 at once, however long the commit goes on", async () => {
    const whole: AssembledGateway = await started({
      wrapStore: slowly(60_000, () => whole),
      line: { redelivery: { timeoutMs: 90_000 } },
    });
    const posted = ann(whole).says("hi");
    await whole.clock.advance(ACK_BUDGET_MS);
    expect(whole.simulator.webhooks).toMatchObject([{ status: 503 }]);
    await posted;
  });

  test("is missed too by a commit that blocks the process, timers and all", async () => {
    const whole: AssembledGateway = await started({
      wrapStore: (store) => ({
        ...store,
        ingest: async (...args) => {
          const result = await store.ingest(...args);
          whole.clock.step(ACK_BUDGET_MS + 1);
          return result;
        },
      }),
    });
    expect((await ann(whole).says("hi")).webhook.status).toBe(503);
  });
});

describe("a slow agent", () => {
  test("keeps its turn, because the lease is renewed while it works", async () => {
    const { asked, ask, answers } = patientBot();
    const whole = await started({ answer: ask, settings: { leaseMs: 1_000, agentTimeoutMs: 60_000 } });
    await ann(whole).says("hi");
    await whole.clock.advance(30_000);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.signal.aborted).toBe(false);
    answers[0]?.resolve("at last");
    await whole.clock.settle();
    expect(screen(whole)).toEqual(["at last"]);
    expect(await whole.count("lease_lost_total")).toBe(0);
  });

  test("that passes its time limit is told so, and gets the same turn again, with the same events", async () => {
    const { asked, ask, answers } = patientBot();
    const whole = await started({ answer: ask, settings: { agentTimeoutMs: 5_000 } });
    await ann(whole).says("hi");
    await whole.clock.advance(4_999);
    expect(asked[0]?.signal.aborted).toBe(false);
    await whole.clock.advance(1);
    expect(asked[0]?.signal.aborted).toBe(true);
    await whole.clock.advance(1_000);
    expect(asked).toHaveLength(2);
    const [first, second] = asked.map(({ turn }) => turn);
    expect(second).toMatchObject({ turnId: first?.turnId, attempt: 2, events: first?.events });
    expect(second?.fence).toBeGreaterThan(first?.fence ?? 0);
    answers[0]?.resolve("too late");
    await whole.clock.settle();
    expect(screen(whole)).toEqual([]);
    answers[1]?.resolve("in time");
    await whole.clock.settle();
    expect(screen(whole)).toEqual(["in time"]);
  });

  test("that fails is asked again after a back-off, and the person sees one answer", async () => {
    const { asked, ask } = bot((_turn, _signal, call) => {
      if (call <= 3) throw new Error("the model is overloaded");
      return "sorry for the wait";
    });
    const whole = await started({ answer: ask });
    await ann(whole).says("hi");
    await whole.clock.advance(60_000);
    expect(asked.map(({ turn }) => turn.attempt)).toEqual([1, 2, 3, 4]);
    expect(screen(whole)).toEqual(["sorry for the wait"]);
  });
});

describe("a lost lease", () => {
  /** A rival takes the turn of the working agent away; this gateway gets it back under a higher fence. */
  async function robbed() {
    const parts = patientBot();
    const whole = await started({ answer: parts.ask, settings: { leaseMs: 30_000 } });
    await ann(whole).says("hi");
    await whole.clock.settle();
    await whole.store.reclaimOrphanedLeases("a rival");
    return { ...parts, whole };
  }

  test("aborts the agent's signal when it is noticed", async () => {
    const { whole, asked, answers } = await robbed();
    await whole.clock.advance(POLL_MS);
    expect(asked.map(({ turn }) => turn.attempt)).toEqual([1, 2]);
    await whole.clock.advance(10_000);
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(await whole.count("lease_lost_total")).toBe(1);
    answers[1]?.resolve("the new one");
    answers[0]?.resolve("the old one");
    await whole.clock.advance(POLL_MS);
    expect(screen(whole)).toEqual(["the new one"]);
  });

  test("makes the old answer worthless, also when that comes first", async () => {
    const { whole, asked, answers } = await robbed();
    await whole.clock.advance(POLL_MS);
    answers[0]?.resolve("the old one");
    await whole.clock.settle();
    expect(screen(whole)).toEqual([]);
    expect(await whole.count("lease_lost_total")).toBe(1);
    expect(whole.messages()).toContain("lease lost: nothing was changed");
    expect(asked).toHaveLength(2);
    answers[1]?.resolve("the new one");
    await whole.clock.settle();
    expect(screen(whole)).toEqual(["the new one"]);
  });

  test("comes by itself to an owner who can't renew, and only the newest answer counts", async () => {
    const parts = patientBot();
    const frozen = { isFrozen: true };
    const whole = await started({
      answer: parts.ask,
      settings: { leaseMs: 3_000 },
      wrapStore: (store) => ({
        ...store,
        renewLease: (lease) => (frozen.isFrozen ? Promise.reject(new Unavailable("away")) : store.renewLease(lease)),
      }),
    });
    await ann(whole).says("hi");
    await whole.clock.advance(6_000);
    frozen.isFrozen = false;
    expect(parts.asked.length).toBeGreaterThan(1);
    for (const answer of parts.answers.toReversed()) answer.resolve(`answer ${parts.answers.indexOf(answer) + 1}`);
    await whole.clock.advance(5_000);
    expect(screen(whole)).toEqual([`answer ${parts.answers.length}`]);
  });
});

test("while no agent can be reached turns wait, nobody is asked, and then all are answered", async () => {
  const { asked, ask } = bot();
  const agent = { ...inProcessAgent(ask), isReachable: () => reach.isThere };
  const reach = { isThere: false };
  const whole = await started({ agent });
  await ann(whole).says("one");
  await whole.clock.advance(600_000);
  expect(asked).toEqual([]);
  expect(await whole.store.countWaiting()).toContainEqual({ state: "ready", count: 1, oldestMs: 600_000 });
  reach.isThere = true;
  await whole.clock.advance(POLL_MS);
  expect(asked.map(({ turn }) => [turn.text, turn.attempt])).toEqual([["one", 1]]);
  expect(screen(whole)).toEqual(["echo one"]);
});

describe("a wake-up that was lost", () => {
  const sample = (n: number) => ({
    conversation: { channel: "line", account: "default", kind: "user" as const, peerId: "Uann" },
    platformEventId: `01K${n}`,
    dedupKeys: [`01K${n}`] as [string],
    type: "message",
    effect: "collect" as const,
    sentAt: 0,
    redelivered: false,
    sender: null,
    content: { message: { id: `${n}`, type: "text", text: `${n}` } },
    token: null,
    revises: null,
    raw: {},
  });
  const policy = (quietMs: number) => ({
    batch: { quietMs, maxWaitMs: 8_000, maxEvents: 50 },
    tokenFallbackLeadMs: 0,
    onInconsistent: () => undefined,
  });

  test.each([
    ["a turn that is ready", 0],
    ["a turn that collects", 500],
  ])("costs %s one poll and nothing else", async (_what, quietMs) => {
    const { ask } = bot();
    const whole = await started({ answer: ask });
    await whole.clock.settle();
    // Past `accept`, as a commit whose process had no time for more.
    await whole.store.ingest(sample(1), policy(quietMs));
    await whole.clock.advance(quietMs + POLL_MS);
    expect(screen(whole)).toEqual(["echo 1"]);
  });

  test("costs a delivery one poll and nothing else", async () => {
    const whole = await started({ agent: { ...inProcessAgent(() => undefined), isReachable: () => false } });
    await whole.store.ingest(sample(1), policy(0));
    const [turnId = ""] = (await readyTurns(whole.store, 1)).due;
    const turn = await whole.store.claimTurn({ turnId, owner: "a rival", leaseMs: 60_000 });
    const fence = turn === null || turn === "empty" ? 0 : turn.fence;
    const messages = [{ message: { type: "text", text: "by a rival" }, problem: null }];
    await whole.store.answerTurn({ turnId, fence, messages, messagesPerCall: 5, done: true });
    await whole.clock.advance(POLL_MS);
    expect(screen(whole)).toEqual(["by a rival"]);
  });
});
