/**
 * Goal: each scenario of each platform shows what it promises, twice in a row on one simulator, and condemns a gateway that
 * misbehaves.
 * Method: a whole gateway on a manual clock, without a socket, against the simulator that is on the list of channels.
 */
import { describe, expect, test } from "vitest";
import type { Channel } from "../src/channels/channel.ts";
import { CHANNELS, type ChannelName } from "../src/channels/index.ts";
import type { Outcome, Scenario } from "../src/channels/simulation/scenario.ts";
import { type Progress, type Verdict, verdictOf } from "../src/channels/simulation/scenario-run.ts";
import { assert } from "../src/core/errors.ts";
import { startSimulator } from "../src/simulator/registry.ts";
import { SCENARIOS } from "../src/simulator/scenario-list.ts";
import { manualClock } from "./support/manual-clock.ts";
import { startScenarioGateway } from "./support/scenario-gateway.ts";

const NAMES = Object.keys(CHANNELS) as ChannelName[];
const scenariosOf = (name: ChannelName) => CHANNELS[name].simulator.scenarios.list;

/** What isn't as the scenario says, a line each. */
const complaints = ({ scenario, findings }: Verdict) =>
  findings
    .filter(({ foundInstead }) => foundInstead !== null)
    .map(({ words, foundInstead }) => `${scenario}: ${words}; found: ${foundInstead}`);

/** The same outcome, with a screen that is wrong. */
const WRONG_SCREENS: Readonly<Record<string, (outcome: Outcome) => Outcome["bubbles"]>> = {
  "an answer twice": ({ bubbles, peerId }) => [...bubbles, bubbles[0] ?? { peerId, text: "nobody asked" }],
  "no answer": () => [],
};

describe.each(NAMES)("on %s", (name) => {
  test("every scenario comes out as it says, twice in a row", async () => {
    await using gateway = await startScenarioGateway(name);
    const found: string[] = [];
    // Not in the order of the list: none may need what another left behind.
    const inARow = scenariosOf(name)
      .toReversed()
      .flatMap((scenario) => [scenario, scenario]);
    for (const scenario of inARow) {
      const { verdict, outcome } = await gateway.run(scenario);
      found.push(...complaints(verdict));
      // A pure check: the same outcome with a wrong screen is condemned.
      for (const [wrong, bubblesOf] of Object.entries(WRONG_SCREENS)) {
        const bubbles = bubblesOf(outcome);
        const isSame = bubbles.length === outcome.bubbles.length;
        if (!isSame && verdictOf(scenario, { ...outcome, bubbles }).isMet) found.push(`${scenario.id} allows ${wrong}`);
      }
    }
    expect(found).toEqual([]);
    expect(gateway.faults()).toEqual([]);
  });

  test("a gateway that says everything twice is condemned", async () => {
    await using gateway = await startScenarioGateway(name, { wrap: saysTwice });
    expect(await unnoticed(gateway, scenariosOf(name))).toEqual(silentScenarios(name));
  });

  test("a gateway that doesn't send what it says it has sent is condemned", async () => {
    await using gateway = await startScenarioGateway(name, { wrap: sendsNothing });
    expect(await unnoticed(gateway, scenariosOf(name))).toEqual(silentScenarios(name));
  });

  test("a gateway that takes each copy of an event for another event is condemned", async () => {
    await using gateway = await startScenarioGateway(name, { wrap: forgetsEvents() });
    const copied = scenariosOf(name).filter(({ id }) => /^delivered-|^redelivered$|^answer-lost$/.test(id));
    expect(copied.length).toBeGreaterThan(2);
    expect(await unnoticed(gateway, copied)).toEqual([]);
  });

  test("each has an id and a title of its own", () => {
    const ids = scenariosOf(name).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    // A title may be the same on several platforms, and not for two scenarios of one.
    expect(new Set(scenariosOf(name).map(({ titleKey }) => titleKey)).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });
});

test("a run reports its steps as they happen, and its verdict last", async () => {
  const [name] = NAMES;
  assert(name !== undefined, "there is no platform");
  const scenario = scenariosOf(name).find(({ id }) => id === "two-lines");
  assert(scenario !== undefined, "there is no such scenario");
  await using gateway = await startScenarioGateway(name);
  const progress: Progress[] = [];
  const { verdict } = await gateway.run(scenario, (one) => progress.push(one));
  expect(progress.map(({ kind }) => kind)).toEqual(["begins", "step", "result", "step", "result", "verdict"]);
  expect(progress.at(-1)).toEqual({ kind: "verdict", verdict });
});

test("what a scenario armed is gone when a step of it fails", async () => {
  const [name] = NAMES;
  assert(name !== undefined, "there is no platform");
  await using gateway = await startScenarioGateway(name);
  const scenario: Scenario = {
    id: "fails",
    titleKey: "scenario.fails",
    async steps({ does }) {
      await does("A fault is armed", "faults", { route: "any", at: "before-accept", how: 503 });
      expect(gateway.faults()).toHaveLength(1);
      await does("Something that nobody can do", "says", {});
    },
    expects: [],
  };
  await expect(gateway.run(scenario)).rejects.toThrow("peerId");
  expect(gateway.faults()).toEqual([]);
});

test("the list has every platform's, and a simulator on a socket runs them by their ids", async () => {
  expect(new Set(SCENARIOS.map(({ channel }) => channel))).toEqual(new Set(NAMES));
  const [first] = SCENARIOS;
  assert(first !== undefined, "there is no scenario");
  const clock = manualClock();
  const { variables } = CHANNELS[first.channel as ChannelName].simulator;
  await using simulator = await startSimulator(first.channel, variables, { clock });
  const gateway = { transcriptOf: async () => [] };
  await expect(simulator.runScenario("none-of-that-id", gateway)).rejects.toThrow("none-of-that-id");
  // Its webhooks go nowhere yet: nothing comes back, and the verdict says so.
  const running = simulator.runScenario(first.id, gateway);
  await expect(simulator.runScenario(first.id, gateway)).rejects.toThrow("a scenario is running");
  await clock.advance(60_000);
  expect((await running).verdict).toMatchObject({ scenario: first.id, isMet: false });
});

/** Scenarios in which the bot has nothing to say. */
function silentScenarios(name: ChannelName): string[] {
  const silent = ["taken-back", "other-app-has-the-chat"];
  return scenariosOf(name)
    .map(({ id }) => id)
    .filter((id) => silent.includes(id));
}

/** Ids of the scenarios that come out well all the same. What never comes is waited for only a few seconds. */
async function unnoticed(
  gateway: { run(scenario: Scenario): Promise<{ readonly verdict: Verdict }> },
  scenarios: readonly Scenario[],
): Promise<string[]> {
  const met: string[] = [];
  for (const scenario of scenarios) {
    const { verdict } = await gateway.run({ ...scenario, limitMs: 8_000, watchMs: 1_000 });
    if (verdict.isMet) met.push(scenario.id);
  }
  return met;
}

function saysTwice(channel: Channel): Channel {
  return {
    ...channel,
    render(...given) {
      const rendered = channel.render(...given);
      return { ...rendered, messages: [...rendered.messages, ...rendered.messages] };
    },
  };
}

function sendsNothing(channel: Channel): Channel {
  return {
    ...channel,
    send: async () => ({
      outcome: { kind: "sent", evidence: "2xx", platformMessageIds: ["m1"] },
      status: 200,
      response: null,
      requestId: null,
      acceptedRequestId: null,
    }),
  };
}

/** Each copy has dedup keys of its own. */
function forgetsEvents(): (channel: Channel) => Channel {
  let copies = 0;
  return (channel) => ({
    ...channel,
    normalize(webhook) {
      copies += 1;
      const normalized = channel.normalize(webhook);
      const events = normalized.events.map((event) => ({ ...event, dedupKeys: [`copy ${copies}`] as const }));
      return { ...normalized, events };
    },
  });
}
