/**
 * Goal: what goes wrong with one turn, agent, account or platform costs nobody else an answer, a free token or more than
 * seconds (G12).
 * Method: a whole gateway with real SQLite on a manual clock; bots and platforms that fail for some people.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { Agent, AgentOutcome } from "../src/agents/agent.ts";
import { withBreaker } from "../src/agents/breaker.ts";
import { inProcessAgent } from "../src/agents/in-process.ts";
import { routedAgents } from "../src/agents/routed-agents.ts";
import type { ClaimedTurn } from "../src/core/turn.ts";
import { type AssembledGateway, assembleGateway } from "./support/assembled-gateway.ts";
import { accountsOfTwoChannels, twoAccounts } from "./support/two-accounts.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** An agent whose outcome depends on what is said. */
function agentOf(outcomeOf: (text: string) => AgentOutcome | Promise<AgentOutcome>): Agent {
  const textOf = ({ events }: ClaimedTurn) => events.map(({ content }) => String(content.message?.text)).join("\n");
  return {
    name: "bot",
    isReachable: () => true,
    invoke: async (turn) => await outcomeOf(textOf(turn)),
    close: async () => {},
  };
}

const says = (text: string): AgentOutcome => ({ kind: "answered", replies: [{ type: "text", text }] });
const FAILED: AgentOutcome = { kind: "failed", reason: "500", retryAfterMs: 0 };

async function started(agent: Agent): Promise<AssembledGateway> {
  const whole = assembleGateway({ agent });
  ends.push(() => whole.end());
  await whole.start();
  return whole;
}

const seen = (whole: AssembledGateway, who: string) => whole.simulator.seenBy(who).map(({ text }) => text);
const routes = (whole: Pick<AssembledGateway, "simulator">) =>
  whole.simulator.calls.map(({ path }) => path.split("/").at(-1));

describe("one bad turn", () => {
  test("of twelve people, whom the bot can't answer, leaves everybody else their answer within seconds", async () => {
    const whole = await started(withBreaker(agentOf((text) => (text === "sticker" ? FAILED : says("hello")))));
    for (let n = 0; n < 12; n++) await whole.simulator.person(`Usick${n}`).says("sticker");
    await whole.clock.settle();
    for (let n = 0; n < 60; n++) {
      await whole.simulator.person(`Uwell${n}`).says("hi");
      await whole.clock.advance(2_000);
      // The first may come while the breaker is open.
      if (n > 0) expect(seen(whole, `Uwell${n}`)).toEqual(["hello"]);
    }
    expect(seen(whole, "Uwell0")).toEqual(["hello"]);
    expect(new Set(routes(whole))).toEqual(new Set(["reply"]));
  });

  test("whose answer can't be said is a dead letter, and the person's next message is answered at once", async () => {
    const whole = await started(inProcessAgent((turn) => (turn.text === "menu" ? ["the good part", {}] : "hello")));
    const ann = whole.simulator.person("Uann");
    await ann.says("menu");
    await ann.says("hi");
    await whole.clock.advance(1_000);
    expect(seen(whole, "Uann")).toEqual(["the good part", "hello"]);
    const dead = whole.lines.find(({ message }) => message.startsWith("delivery dead"));
    expect(dead?.fields).toMatchObject({ reason: expect.stringContaining("replies.1.type: read nothing") });
    expect(dead?.fields.turnId).toMatch(/^turn_/);
  });

  test("that fails again and again says nothing about the agent: its retries open no breaker", async () => {
    const agent = agentOf((text) => (text === "sick" ? FAILED : says("hello")));
    const whole = await started(withBreaker(agent, { failures: 3, openMs: 60_000 }));
    for (const n of [0, 1, 2]) {
      await whole.simulator.person(`Usick${n}`).says("sick");
      await whole.simulator.person(`Uwell${n}`).says("hi");
      await whole.clock.settle();
    }
    // Only they are tried meanwhile.
    await whole.clock.advance(30_000);
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.settle();
    expect(seen(whole, "Uann")).toEqual(["hello"]);
  });

  test("that came before is no trial while there is one that hasn't failed", async () => {
    const asked: string[] = [];
    let isUp = false;
    const agent = agentOf((text) => {
      asked.push(text);
      return isUp && text !== "sick" ? says("hello") : FAILED;
    });
    const whole = await started(withBreaker(agent, { failures: 3, openMs: 10_000 }));
    for (const who of ["Ua", "Ub", "Uc"]) await whole.simulator.person(who).says("sick");
    await whole.clock.settle();
    isUp = true;
    await whole.simulator.person("Uwell").says("hi");
    await whole.clock.advance(9_000);
    expect(asked).toEqual(["sick", "sick", "sick"]);
    await whole.clock.advance(1_000);
    expect(asked[3]).toBe("hi");
    expect(seen(whole, "Uwell")).toEqual(["hello"]);
  });
});

describe("an agent that hangs", () => {
  const forever = () => new Promise<never>(() => {});

  test("takes no place of another's: its turns wait, the other's are answered", async () => {
    const agents = { sick: agentOf(forever), well: agentOf(() => says("hello")) };
    const agent = routedAgents(agents, [{ account: "one", agent: "sick" }, { agent: "well" }]);
    const whole = twoAccounts({ agent, maxTurnsAtOnce: 1 });
    ends.push(await whole.start());
    for (let n = 0; n < 10; n++) await whole.one.person(`Usick${n}`).says("hi");
    await whole.clock.settle();
    await whole.two.person("Uwell").says("hi");
    await whole.clock.advance(1_000);
    expect(whole.two.seenBy("Uwell").map(({ text }) => text)).toEqual(["hello"]);
  });

  test("for one account leaves the same agent room for the other account", async () => {
    const agent = agentOf((text) => (text === "hang" ? forever() : says("hello")));
    const whole = twoAccounts({ agent, maxTurnsAtOnce: 4 });
    ends.push(await whole.start());
    for (let n = 0; n < 10; n++) await whole.one.person(`Usick${n}`).says("hang");
    await whole.clock.settle();
    await whole.two.person("Uwell").says("hi");
    await whole.clock.advance(1_000);
    expect(whole.two.seenBy("Uwell").map(({ text }) => text)).toEqual(["hello"]);
  });

  test("in the middle of a flood of one account each account's turns come one after the other", async () => {
    const asked: string[] = [];
    const agent = agentOf(async (text) => {
      asked.push(text);
      await new Promise((resolve) => whole.clock.after(1_000, () => resolve(undefined)));
      return says("hello");
    });
    const whole = twoAccounts({ agent, maxTurnsAtOnce: 4 });
    ends.push(await whole.start());
    for (let n = 0; n < 40; n++) await whole.one.person(`Uflood${n}`).says("flood");
    await whole.clock.settle();
    await whole.two.person("Uwell").says("hi");
    await whole.clock.advance(3_000);
    expect(asked.indexOf("hi")).toBeGreaterThanOrEqual(0);
    expect(asked.indexOf("hi")).toBeLessThan(10);
  });
});

test("a clock that was set forward a moment ago deletes nothing: retention waits until it is trusted", async () => {
  let sinceSteppedMs = 0;
  const purges: unknown[] = [];
  const whole = assembleGateway({
    wrapStore: (store) => ({
      ...store,
      purge: (retention) => {
        purges.push(retention);
        return store.purge(retention);
      },
    }),
  });
  ends.push(() => whole.end());
  whole.clock.sinceSteppedMs = () => sinceSteppedMs;
  await whole.start();
  await whole.clock.advance(60_000);
  expect(purges).toEqual([]);
  sinceSteppedMs = 3_600_000;
  await whole.clock.advance(60_000);
  expect(purges).not.toEqual([]);
});

test("a database's clock that is a year ahead for a minute makes no key old: a late copy is a duplicate", async () => {
  let aheadMs = 0;
  const whole = assembleGateway({
    answer: () => "hello",
    storeClock: (clock) => ({
      ...clock,
      now: () => clock.now() + aheadMs,
      wall: () => clock.wall() + aheadMs,
    }),
  });
  ends.push(() => whole.end());
  await whole.start();
  const first = await whole.simulator.person("Uann").says("hi");
  await whole.clock.advance(1_000);
  aheadMs = 365 * 86_400_000;
  await whole.clock.advance(60_000);
  aheadMs = 0;
  await whole.simulator.redeliver(first.eventId);
  await whole.clock.advance(10_000);
  expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["hello"]);
  expect(whole.messages().filter((message) => message === "event accepted")).toHaveLength(1);
});

test("a platform that hangs takes no place of another account's calls", async () => {
  const whole = twoAccounts({ agent: agentOf(() => says("hello")), maxCallsAtOnce: 4 });
  ends.push(await whole.start());
  whole.one.faults.next("any", { at: "stall", delayMs: 600_000, times: 100 });
  for (let n = 0; n < 10; n++) await whole.one.person(`Usick${n}`).says("hi");
  await whole.clock.settle();
  await whole.two.person("Uwell").says("hi");
  await whole.clock.advance(1_000);
  expect(whole.one.seenBy("Usick0")).toEqual([]);
  expect(whole.two.seenBy("Uwell").map(({ text }) => text)).toEqual(["hello"]);
});

test("several accounts of a platform that hangs have calls for four of them, and another platform's go out at once", async () => {
  const whole = accountsOfTwoChannels(6, { agent: agentOf(() => says("hello")), maxCallsAtOnce: 2 });
  ends.push(await whole.start());
  for (const [index, simulator] of whole.lines.entries()) {
    simulator.faults.next("any", { at: "stall", delayMs: 600_000, times: 100 });
    for (let n = 0; n < 3; n++) await simulator.person(`Usick${index}${n}`).says("hi");
  }
  await whole.clock.settle();
  const left = whole.lines.flatMap(({ faults }) => faults.armed().map((one) => one.left));
  expect(6 * 100 - left.reduce((sum, one) => sum + one, 0)).toBe(4 * 2);
  await whole.whatsApp.person("15550001111").says("hi");
  await whole.clock.advance(1_000);
  expect(whole.whatsApp.seenBy("15550001111").map(({ text }) => text)).toEqual(["hello"]);
});

test("of conversations that wait for a place at the agent those that failed come after those that have not", async () => {
  const asked: string[] = [];
  const held: (() => void)[] = [];
  const agent = agentOf((text) => {
    asked.push(text);
    if (text === "sick") return FAILED;
    const { promise, resolve } = Promise.withResolvers<AgentOutcome>();
    held.push(() => resolve(says("hello")));
    return promise;
  });
  const whole = assembleGateway({ agent, settings: { maxTurnsAtOnce: 1 } });
  ends.push(() => whole.end());
  await whole.start();
  await whole.simulator.person("Usick").says("sick");
  await whole.clock.settle();
  for (const who of ["Ua", "Ub", "Uc"]) {
    await whole.simulator.person(who).says(who);
    // Its next try is long due when the others come.
    await whole.clock.advance(600);
  }
  while (held.length > 0) {
    held.shift()?.();
    await whole.clock.advance(100);
  }
  expect(asked.slice(0, 5)).toEqual(["sick", "Ua", "Ub", "Uc", "sick"]);
  for (const who of ["Ua", "Ub", "Uc"]) expect(seen(whole, who)).toEqual(["hello"]);
});
