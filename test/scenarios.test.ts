/**
 * Goal: each trouble that the demo can make ends as it must, and the same way when it is made again at once.
 * Method: every scenario twice in a row against one running gateway and the platforms' simulators, on a manual clock.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { inProcessAgent } from "../src/agents/in-process.ts";
import { CHANNELS } from "../src/channels/index.ts";
import { createGateway } from "../src/gateway.ts";
import { listen } from "../src/http/server.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { systemRandom } from "../src/runtime/random.ts";
import { startSimulatorOf } from "../src/simulator/registry.ts";
import { httpTarget } from "../src/simulator/scenarios/http-target.ts";
import { runScenario } from "../src/simulator/scenarios/run.ts";
import { SCENARIO_NAMES, SCENARIOS } from "../src/simulator/scenarios/table.ts";
import { sqlite } from "../src/store/sqlite/index.ts";
import { startScenarioTarget } from "./support/scenario-target.ts";

let started: Awaited<ReturnType<typeof startScenarioTarget>>;
beforeAll(async () => {
  started = await startScenarioTarget();
});
afterAll(() => started[Symbol.asyncDispose]());

describe.each(SCENARIO_NAMES)("%s", (name) => {
  test("ends as expected, twice in a row", async () => {
    const { target, during } = started;
    const first = await during(runScenario(name, target));
    const second = await during(runScenario(name, target));
    for (const { happened, isAsExpected } of [first, second]) {
      expect(happened).toEqual(SCENARIOS[name].expected);
      expect(isAsExpected).toBe(true);
    }
    expect(second.peerId).not.toBe(first.peerId);
    expect(second.steps.map(({ action }) => action)).toEqual(first.steps.map(({ action }) => action));
    expect(first.steps[0]?.action).toBe("reset");
    expect(await target.view(SCENARIOS[name].channel, "faults", "")).toEqual([]);
  });
});

test("there are scenarios for every platform", () => {
  const covered = new Set(SCENARIO_NAMES.map((name) => SCENARIOS[name].channel));
  expect(covered).toEqual(new Set(Object.keys(CHANNELS)));
});

test("another end than the expected one is shown beside it", async () => {
  // A bot that never answers, so that nothing is bundled, sent or quoted.
  await using silent = await startScenarioTarget(() => "");
  const result = await silent.during(runScenario("two-lines", silent.target));
  expect(result.isAsExpected).toBe(false);
  expect(result.expected).toMatchObject({ bubbles: 1, turns: ["done 2"] });
  expect(result.happened).toMatchObject({ bubbles: 0, quoted: [], turns: ["done 2"] });
});

test("when something in between doesn't come the scenario ends there, and leaves no fault behind", async () => {
  await using silent = await startScenarioTarget(() => "");
  const steps: string[] = [];
  const result = await silent.during(runScenario("quota-gone", silent.target, ({ action }) => steps.push(action)));
  expect(result).toMatchObject({
    isAsExpected: false,
    expected: { bubbles: 0, deliveries: ["parked"] },
    happened: { bubbles: 0, deliveries: [] },
  });
  expect(steps).toEqual(["reset", "quota", "faults", "says", "expect", "reset"]);
  expect(await silent.target.view("line", "faults", "")).toEqual([]);
});

describe("processes of their own, by their addresses", () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function startOnSockets() {
    const simulator = await startSimulatorOf("line", CHANNELS.line.simulator.variables, {});
    ends.push(() => simulator.close());
    const clock = systemClock();
    const gateway = createGateway({
      store: sqlite({ file: ":memory:", clock, random: systemRandom() }),
      channels: [simulator.actions.channelAt(simulator.url, clock)],
      agent: inProcessAgent(({ text }) => `You said: ${text}`),
      batch: { quietMs: 0 },
      adminToken: "the-token",
    });
    const webhooks = await listen(gateway.fetch, { host: "127.0.0.1", port: 0 });
    const admin = await listen(gateway.adminFetch, { host: "127.0.0.1", port: 0 });
    for (const server of [webhooks, admin]) {
      ends.push(() => {
        const closed = server.close();
        server.closeConnections();
        return closed;
      });
    }
    const running = await gateway.start();
    ends.push(() => running.stop());
    simulator.platform.webhookUrl = `${webhooks.url}/webhook/line`;
    return { simulators: { line: simulator.url }, adminUrl: admin.url };
  }

  test("a scenario ends there as it does here", async () => {
    const at = await startOnSockets();
    const result = await runScenario("reply-fails-after-accept", httpTarget({ ...at, adminToken: "the-token" }));
    expect(result.happened).toEqual(SCENARIOS["reply-fails-after-accept"].expected);
  });

  test("what they refuse ends the run with their words", async () => {
    const at = await startOnSockets();
    await expect(runScenario("two-lines", httpTarget(at))).rejects.toThrow(/401.*TURNPIKE_ADMIN_TOKEN/);
    const target = httpTarget({ ...at, adminToken: "the-token" });
    await expect(runScenario("messenger-copies", target)).rejects.toThrow("messenger is not simulated here");
    await expect(target.command("line", "says", {})).rejects.toThrow(/400.*peerId/s);
  });
});
