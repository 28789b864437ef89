/**
 * Goal: an outage of the agent uses up no attempts, and recovery is probed by one trial at a time.
 * Method: a whole gateway without a socket; a bot that fails on demand; a manual clock.
 */
import { afterEach, expect, test } from "vitest";
import { type AssembledGateway, assembleGateway } from "../../test/support/assembled-gateway.ts";
import type { Agent, AgentOutcome } from "./agent.ts";
import { withBreaker } from "./breaker.ts";

const FAILED = { kind: "failed", reason: "500", retryAfterMs: 0 } as const;
const ANSWERED = { kind: "answered", replies: [{ type: "text", text: "here" }] } as const;

let whole: AssembledGateway;
afterEach(() => whole.end());

async function started() {
  const calls: number[] = [];
  const bot = { outcome: FAILED as AgentOutcome, calls };
  const agent: Agent = {
    name: "bot",
    isReachable: () => true,
    invoke: async () => {
      calls.push(whole.clock.now());
      return bot.outcome;
    },
    close: async () => {},
  };
  const guarded = withBreaker(agent, { failures: 3, openMs: 10_000, openMaxMs: 30_000 });
  whole = assembleGateway({ agent: guarded, settings: { turnRetry: { baseMs: 100, capMs: 100 } } });
  await whole.start();
  return bot;
}

async function say(...people: readonly string[]): Promise<void> {
  for (const who of people) await whole.simulator.person(who).says("hi");
  await whole.clock.settle();
}

test("opens after three consecutive failures; turns wait without using up an attempt", async () => {
  const bot = await started();
  await say("Ua", "Ub", "Uc");
  await whole.clock.advance(9_000);
  expect(bot.calls).toHaveLength(3);
  expect(whole.gateway.fetch).toBeDefined();
  expect((await whole.get("/ready")).status).toBe(200);
  expect(await (await whole.get("/ready")).json()).toMatchObject({ agent: "not reachable: turns wait" });
});

test("half-open: a failed trial doubles the time in open, up to a maximum", async () => {
  const bot = await started();
  await say("Ua", "Ub", "Uc");
  const opened = whole.clock.now();
  await whole.clock.advance(120_000);
  expect(bot.calls.map((at) => at - opened)).toEqual([0, 0, 0, 10_000, 30_000, 60_000, 90_000, 120_000]);
});

test("half-open: a trial that ends without evidence is followed by the next", async () => {
  const bot = await started();
  await say("Ua", "Ub", "Uc");
  bot.outcome = { kind: "returned", reason: "no free place", afterMs: 1_000 };
  await whole.clock.advance(10_000);
  expect(bot.calls.length).toBeGreaterThan(3);
  bot.outcome = ANSWERED;
  await whole.clock.advance(5_000);
  expect(["Ua", "Ub", "Uc"].map((who) => whole.simulator.seenBy(who).length)).toEqual([1, 1, 1]);
});

test("a successful trial closes it", async () => {
  const bot = await started();
  await say("Ua", "Ub", "Uc");
  bot.outcome = ANSWERED;
  await whole.clock.advance(10_000);
  expect(["Ua", "Ub", "Uc"].flatMap((who) => whole.simulator.seenBy(who).map(({ text }) => text))).toEqual([
    "here",
    "here",
    "here",
  ]);
});

test("a single failure doesn't open it, and a rejected turn counts as success", async () => {
  const bot = await started();
  for (const outcome of [FAILED, FAILED, { kind: "rejected", reason: "422" } as const, FAILED, FAILED, ANSWERED]) {
    bot.outcome = outcome;
    await say(`U${bot.calls.length}`);
    bot.outcome = ANSWERED;
    await whole.clock.advance(1_000);
  }
  expect(whole.messages()).not.toContain("circuit breaker opened: the agent failed repeatedly");
});
