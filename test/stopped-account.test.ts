/**
 * Goal: an account that the platform refuses waits, says so, and goes on by itself; a bot's breaker and turns that fail are
 * seen by whoever operates the gateway (G11, G12).
 * Method: a whole gateway with real SQLite on a manual clock, LINE over its simulator.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { Agent, AgentOutcome } from "../src/agents/agent.ts";
import { anyOf } from "../src/agents/any-of.ts";
import { withBreaker } from "../src/agents/breaker.ts";
import { routedAgents } from "../src/agents/routed-agents.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembleGateway({ answer: ({ text }) => `re: ${text}`, ...options });
  ends.push(() => whole.end());
  await whole.start();
  return whole;
}

const admin = (whole: AssembledGateway, path: string, body?: object) =>
  whole.gateway.adminFetch(
    new Request(`http://localhost${path}`, {
      ...(body !== undefined && {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    }),
  );

async function json<T>(whole: AssembledGateway, path: string, body?: object): Promise<T> {
  return (await (await admin(whole, path, body)).json()) as T;
}

async function gauge(whole: AssembledGateway, start: string): Promise<number | undefined> {
  const text = await (await admin(whole, "/metrics")).text();
  const line = text.split("\n").find((one) => one.startsWith(`turnpike_${start}`));
  return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

const seen = (whole: AssembledGateway, who: string) => whole.simulator.seenBy(who).map(({ text }) => text);
const stopped = (whole: AssembledGateway) => gauge(whole, "account_stopped");

/** LINE refuses its next calls, and says the same when it is asked who the bot is. */
function refuse(whole: AssembledGateway, { checks }: { checks: number }): void {
  whole.simulator.faults.next("reply", { at: "before-accept", how: 401 });
  if (checks > 0) whole.simulator.besideFaults.next("beside", { at: "before-accept", how: 401, times: checks });
}

describe("an account that LINE refuses once", () => {
  test("is asked about, starts by itself within seconds, and every answer goes out by its free token", async () => {
    const whole = await started();
    refuse(whole, { checks: 0 });
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.settle();
    expect(await stopped(whole)).toBe(1);
    await whole.simulator.person("Uben").says("hi");
    await whole.clock.advance(3_000);
    expect([seen(whole, "Uann"), seen(whole, "Uben")]).toEqual([["re: hi"], ["re: hi"]]);
    expect(await stopped(whole)).toBe(0);
    expect(whole.simulator.calls.map(({ path }) => path.split("/").at(-1))).not.toContain("push");
    expect(whole.messages()).toEqual(
      expect.arrayContaining([
        "account stopped: its deliveries wait",
        "account resumes: one delivery is sent first",
        "account works again: what waited is sent",
      ]),
    );
  });

  test("stays stopped while LINE says so, and holds all that an operator then sees", async () => {
    const whole = await started();
    refuse(whole, { checks: 100 });
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.settle();
    await whole.simulator.person("Uben").says("hi");
    await whole.clock.advance(120_000);
    expect(await stopped(whole)).toBe(1);
    expect(whole.simulator.calls).toHaveLength(1);
    const { accounts } = await json<{ accounts: object[] }>(whole, "/api/accounts");
    expect(accounts).toMatchObject([
      { status: "stopped", waiting: 2, check: { said: expect.stringContaining("401") } },
    ]);
    const { items } = await json<{ items: { id: string; advice: object }[] }>(whole, "/api/waiting?state=pending");
    expect(items).toHaveLength(2);
    expect(items[1]?.advice).toMatchObject({ why: expect.stringContaining("account is stopped") });
    const order = { actionId: "a1", action: "discard", id: items[0]?.id };
    expect(await json(whole, "/api/actions", order)).toMatchObject({ kind: "done", from: "pending", to: "dead" });
  });

  test("is started by an operator, and an account that works is left alone", async () => {
    const whole = await started();
    const order = { actionId: "a1", channel: "line", account: "default" };
    expect((await admin(whole, "/api/accounts/start", order)).status).toBe(409);
    expect((await admin(whole, "/api/accounts/start", { ...order, account: "other" })).status).toBe(404);
    refuse(whole, { checks: 100 });
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.settle();
    expect(await json(whole, "/api/accounts/start", order)).toEqual({ kind: "started", isRepeated: false });
    await whole.clock.settle();
    expect(seen(whole, "Uann")).toEqual(["re: hi"]);
    expect(await json(whole, "/api/actions")).toMatchObject({
      items: [{ action: "start", item: "account", id: "line/default", conversationId: null, actor: "loopback" }],
    });
  });

  test("isn't shown running by a call that was on its way and succeeds", async () => {
    const whole = await started();
    whole.simulator.faults.next("reply", { at: "slow", delayMs: 500 });
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.settle();
    refuse(whole, { checks: 100 });
    await whole.simulator.person("Uben").says("hi");
    await whole.clock.advance(600);
    expect(seen(whole, "Uann")).toEqual(["re: hi"]);
    expect(await stopped(whole)).toBe(1);
  });
});

/** An agent whose outcome depends on what is said. */
function agentOf(name: string, outcomeOf: (text: string) => AgentOutcome): Agent {
  return {
    name,
    isReachable: () => true,
    invoke: async ({ events }) => outcomeOf(events.map(({ content }) => String(content.message?.text)).join("\n")),
    close: async () => {},
  };
}

const FAILED: AgentOutcome = { kind: "failed", reason: "500", retryAfterMs: 0 };
const HELLO: AgentOutcome = { kind: "answered", replies: [{ type: "text", text: "hello" }] };

describe("a turn that fails again and again", () => {
  test("is listed from its second failure, also while the agent has it, and can be discarded", async () => {
    const whole = await started({ agent: agentOf("bot", (text) => (text === "sticker" ? FAILED : HELLO)) });
    const list = async () => (await json<{ items: { id: string }[] }>(whole, "/api/waiting")).items;
    await whole.simulator.person("Uann").says("sticker");
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.settle();
    expect(await list()).toEqual([]);
    await whole.clock.advance(5_000);
    const [item] = await list();
    expect(item).toMatchObject({ kind: "turn", state: "ready", reason: "500" });
    const order = { actionId: "a1", action: "discard", id: item?.id };
    expect(await json(whole, "/api/actions", order)).toMatchObject({ kind: "done", from: "ready", to: "dead" });
    expect(await list()).toEqual([]);
    await whole.clock.settle();
    expect(seen(whole, "Uann")).toEqual(["hello"]);
  });

  test("is taken from an agent that has it, whose answer is then refused", async () => {
    let isSlow = false;
    const answered = Promise.withResolvers<AgentOutcome>();
    const agent: Agent = { ...agentOf("bot", () => FAILED) };
    const whole = await started({
      agent: { ...agent, invoke: async (turn, signal) => (isSlow ? answered.promise : agent.invoke(turn, signal)) },
    });
    await whole.simulator.person("Uann").says("sticker");
    await whole.clock.advance(2_500);
    isSlow = true;
    await whole.clock.advance(60_000);
    const { items } = await json<{ items: { id: string }[] }>(whole, "/api/waiting");
    expect(items).toMatchObject([{ state: "leased" }]);
    const order = { actionId: "a1", action: "discard", id: items[0]?.id };
    expect(await json(whole, "/api/actions", order)).toMatchObject({ kind: "done", from: "leased", to: "dead" });
    answered.resolve(HELLO);
    await whole.clock.advance(60_000);
    expect(seen(whole, "Uann")).toEqual([]);
  });
});

describe("the circuit breaker", () => {
  const breakerOpen = (whole: AssembledGateway, agent: string) => gauge(whole, `breaker_open{agent="${agent}"}`);

  test("is a gauge for each agent, also behind routes and where any of several takes a turn", async () => {
    const sick = withBreaker(
      agentOf("https://sick.example", () => FAILED),
      { failures: 2, openMs: 60_000 },
    );
    const well = anyOf(withBreaker(agentOf("websocket", () => HELLO)), withBreaker(agentOf("openab", () => HELLO)));
    const whole = await started({
      agent: routedAgents({ sick, well }, [{ kind: "user", agent: "sick" }, { agent: "well" }]),
    });
    expect(await breakerOpen(whole, "sick")).toBe(0);
    for (const who of ["Uann", "Uben"]) await whole.simulator.person(who).says("hi");
    await whole.clock.settle();
    expect(await breakerOpen(whole, "sick")).toBe(1);
    expect(await breakerOpen(whole, "well: websocket")).toBe(0);
    expect(await breakerOpen(whole, "well: openab")).toBe(0);
    expect(await json(whole, "/api/overview")).toMatchObject({
      breakers: [
        { agent: "sick", state: "open" },
        { agent: "well: websocket", state: "closed" },
        { agent: "well: openab", state: "closed" },
      ],
    });
  });

  test("is shown open until the agent answers again", async () => {
    let isUp = false;
    const agent = agentOf("bot", () => (isUp ? HELLO : FAILED));
    const whole = await started({ agent: withBreaker(agent, { failures: 1, openMs: 10_000 }) });
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.settle();
    expect(await breakerOpen(whole, "bot")).toBe(1);
    isUp = true;
    await whole.clock.advance(60_000);
    expect(await breakerOpen(whole, "bot")).toBe(0);
  });
});
