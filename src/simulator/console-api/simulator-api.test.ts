/**
 * Goal: the simulator's page can play every person, arm every fault, run every scenario, and is told what happens.
 * Method: real simulators behind their sockets; the gateway and the agent are as the test says.
 */
import type { Context } from "hono";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../../test/support/manual-clock.ts";
import { CHANNELS, type ChannelName } from "../../channels/index.ts";
import type { Scenario } from "../../channels/simulation/scenario.ts";
import { counted } from "../../channels/simulation/scenario.ts";
import { systemRandom } from "../../runtime/random.ts";
import { type RunningSimulator, startSimulator } from "../registry.ts";
import type { AgentControl, GatewayControl, GatewayOutcome } from "./simulated.ts";
import { createSimulatorApi, type SimulatorApi } from "./simulator-api.ts";
import type { AgentWire, GatewayOrder, GatewayWire, PlatformWire, SimulatorWire } from "./wire.ts";

const NAMES = Object.keys(CHANNELS) as ChannelName[];
const [FIRST = "line"] = NAMES;

/** Runs to its end at once, and needs the agent. */
const OWN: Scenario = {
  id: "own",
  titleKey: "scenario.own",
  steps: async ({ does }) => {
    await does("The agent refuses", "agent", { mode: "refuse" });
  },
  expects: [counted("nothing is shown", ({ bubbles }) => bubbles.length, 0)],
  watchMs: 0,
};

function agentOf(): AgentControl & { readonly orders: unknown[] } {
  const echo: AgentWire = { mode: "echo", delayMs: 0, status: 500, times: null };
  const orders: unknown[] = [];
  const listeners: ((agent: AgentWire) => void)[] = [];
  return {
    orders,
    state: echo,
    set(order) {
      orders.push(order);
      for (const listener of listeners) listener(echo);
    },
    reset: () => void orders.push("reset"),
    listen: (listener) => void listeners.push(listener),
  };
}

interface GivenGateway extends GatewayControl {
  readonly orders: (GatewayOrder | "accounts")[];
  state: GatewayWire;
  outcome: GatewayOutcome;
}

function gatewayOf(): GivenGateway {
  const orders: (GatewayOrder | "accounts")[] = [];
  const gateway: GivenGateway = {
    orders,
    state: { state: "up", since: 0, kills: 0, restartAt: null },
    outcome: { kind: "done" },
    async order(order: GatewayOrder) {
      orders.push(order);
      return gateway.outcome;
    },
    async startStoppedAccounts() {
      orders.push("accounts");
      return gateway.outcome;
    },
    transcriptOf: async () => [],
    listen: () => {},
  };
  return gateway;
}

let clock: ManualClock;
let simulators: { channel: string; simulator: RunningSimulator }[];
let agent: ReturnType<typeof agentOf>;
let gateway: ReturnType<typeof gatewayOf>;
let api: SimulatorApi;

beforeEach(async () => {
  clock = manualClock();
  simulators = await Promise.all(
    NAMES.map(async (channel) => {
      const { variables } = CHANNELS[channel].simulator;
      return { channel, simulator: await startSimulator(channel, variables, { clock }) };
    }),
  );
  agent = agentOf();
  gateway = gatewayOf();
  const problem = (_c: Context, status: number, detail: string) => Response.json({ status, detail }, { status });
  api = createSimulatorApi({ clock, random: systemRandom(), simulators, agent, gateway, scenarios: [OWN], problem });
});

afterEach(async () => {
  api.close();
  await Promise.all(simulators.map(({ simulator }) => simulator.close()));
});

const ask = async (path: string, body?: unknown) => {
  const response = await api.app.request(
    path,
    body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
  );
  return { status: response.status, body: (await response.json()) as never };
};
const state = async () => (await ask("/")).body as SimulatorWire;

test("it says who can be played, what can be run, and what can be done", async () => {
  const { platforms, run, agent: shown, gateway: process } = await state();
  expect(platforms.map(({ channel }) => channel)).toEqual(NAMES);
  for (const { channel, title, people, scenarios, faults, commands } of platforms) {
    const entry = CHANNELS[channel as ChannelName].simulator;
    expect(title).toBe(entry.title);
    expect(people[0]?.peerId).toBe(entry.examplePeerId);
    expect(scenarios.map(({ id }) => id)).toEqual([...entry.scenarios.list.map(({ id }) => id), "own"]);
    expect(faults).toEqual([]);
    expect(commands).toEqual(expect.arrayContaining(["says", "faults", "clear-faults", "reset"]));
  }
  expect([run, shown.mode, process.state]).toEqual([null, "echo", "up"]);
});

describe("a platform's control API", () => {
  test.each(NAMES)("of %s: commands, views with an argument, and refusals as problems", async (channel) => {
    const { examplePeerId: peerId } = CHANNELS[channel].simulator;
    const said = await ask(`/${channel}/says`, { peerId, text: "hi", lost: true });
    expect(said).toMatchObject({ status: 200, body: { result: "lost" } });
    const screen = await ask(`/${channel}/screen/${encodeURIComponent(peerId)}`);
    expect(screen).toMatchObject({ status: 200, body: { peerId, entries: [{ text: "hi", mark: "lost" }] } });
    expect(await ask(`/${channel}/says`, { text: "hi" })).toMatchObject({ status: 400, body: { status: 400 } });
    expect(await ask(`/${channel}/sings`, {})).toMatchObject({ status: 404, body: { status: 404 } });
  });

  test("is answered before the webhook is, if the page doesn't want to wait; the order goes on", async () => {
    const { examplePeerId: peerId } = CHANNELS[FIRST].simulator;
    const answers: object[] = [];
    void ask(`/${FIRST}/says?waitMs=1000`, { peerId, text: "hi", delayMs: 600_000 }).then((one) => answers.push(one));
    // It begins to wait a little after it is asked.
    while (answers.length === 0) await clock.advance(100);
    expect(answers).toMatchObject([{ status: 202, body: { result: "taken" } }]);
    const entries = async () => (await ask(`/${FIRST}/screen/${encodeURIComponent(peerId)}`)).body as object;
    expect(await entries()).toMatchObject({ entries: [{ text: "hi" }] });
    for (const wrong of ["-1", "60001", "soon"]) {
      expect(await ask(`/${FIRST}/says?waitMs=${wrong}`, { peerId, text: "hi" })).toMatchObject({ status: 400 });
    }
    expect(await ask(`/${FIRST}/says?waitMs=1000`, { text: "hi" })).toMatchObject({ status: 400 });
  });

  test("of a platform that there isn't", async () => {
    expect(await ask("/telegram/says", {})).toMatchObject({ status: 404 });
    expect(await ask("/nothing", {})).toMatchObject({ status: 404 });
  });

  test("an armed fault is among the platform's", async () => {
    await ask(`/${FIRST}/faults`, { route: "any", at: "before-accept", how: 503, times: 2 });
    expect((await state()).platforms[0]?.faults).toMatchObject([{ at: "before-accept", how: 503, left: 2 }]);
  });
});

describe("the agent and the gateway", () => {
  test("get orders of the right form", async () => {
    expect(await ask("/agent", { mode: "delay", delayMs: 5 })).toMatchObject({ status: 200, body: { mode: "echo" } });
    expect(agent.orders).toEqual([{ mode: "delay", delayMs: 5 }]);
    expect(await ask("/gateway", { do: "kill" })).toMatchObject({ status: 200, body: { state: "up" } });
    await ask("/gateway", { do: "kill", restartAfterMs: null });
    await ask("/gateway", { do: "freeze", forMs: 5 });
    await ask("/gateway", { do: "start" });
    expect(gateway.orders).toEqual([
      { do: "kill", restartAfterMs: 3_000 },
      { do: "kill", restartAfterMs: null },
      { do: "freeze", forMs: 5 },
      { do: "start" },
    ]);
  });

  test.each([
    ["/agent", { mode: "sing" }],
    ["/agent", { mode: "delay", delayMs: 1_000_000 }],
    ["/agent", { mode: "fail", status: 200 }],
    ["/agent", { mode: "fail", time: 2 }],
    ["/gateway", { do: "freeze" }],
    ["/gateway", { do: "freeze", forMs: 3_600_000 }],
    ["/runs", { channel: "line" }],
  ])("%s refuses %j", async (path, order) => {
    expect(await ask(path, order)).toMatchObject({ status: 400, body: { detail: expect.any(String) } });
    expect([agent.orders, gateway.orders]).toEqual([[], []]);
  });

  test("what the gateway's process can't do is a conflict", async () => {
    gateway.outcome = { kind: "refused", why: "the gateway is down" };
    expect(await ask("/gateway", { do: "kill" })).toMatchObject({
      status: 409,
      body: { detail: "the gateway is down" },
    });
    expect(await ask("/reset", {})).toMatchObject({ status: 409, body: { detail: "the gateway is down" } });
  });
});

test("a reset clears faults, makes the agent an echo, starts the gateway and its accounts, and leaves the screens", async () => {
  const { examplePeerId: peerId } = CHANNELS[FIRST].simulator;
  await ask(`/${FIRST}/says`, { peerId, text: "hi", lost: true });
  await ask(`/${FIRST}/faults`, { route: "any", at: "before-accept", how: 503 });
  gateway.state = { ...gateway.state, state: "down" };
  const { status, body } = await ask("/reset", {});
  expect([status, (body as SimulatorWire).platforms.map(({ faults }) => faults.length)]).toEqual([
    200,
    NAMES.map(() => 0),
  ]);
  expect(agent.orders).toEqual(["reset"]);
  expect(gateway.orders).toEqual([{ do: "start" }, "accounts"]);
  expect(await ask(`/${FIRST}/screen/${peerId}`)).toMatchObject({ body: { entries: [{ text: "hi" }] } });
});

describe("runs", () => {
  /** Moves the clock until the newest run has ended. */
  const ended = async () => {
    await expect
      .poll(async () => {
        await clock.advance(1_000);
        return (await state()).run?.verdict;
      })
      .not.toBeNull();
    return (await state()).run;
  };

  test("a host's scenario runs on every platform, with its commands, and resets the agent", async () => {
    for (const channel of NAMES) {
      agent.orders.length = 0;
      const begun = await ask("/runs", { channel, scenario: "own" });
      expect(begun).toMatchObject({ status: 202, body: { channel, scenario: "own", titleKey: "scenario.own" } });
      const run = await ended();
      expect(run).toMatchObject({ verdict: { isMet: true }, failure: null });
      expect(agent.orders).toEqual(["reset", { mode: "refuse" }, "reset"]);
      expect(await ask(`/runs/${run?.runId}`)).toEqual({ status: 200, body: run });
    }
  });

  test("one at a time over all platforms", async () => {
    await ask("/runs", { channel: FIRST, scenario: "two-lines" });
    expect(await ask("/runs", { channel: NAMES.at(-1), scenario: "two-lines" })).toMatchObject({ status: 409 });
    // They would change what the run is about.
    expect(await ask("/reset", {})).toMatchObject({ status: 409 });
    expect(await ask("/agent", { mode: "hang" })).toMatchObject({ status: 409 });
    // Its webhooks go nowhere: the verdict says so.
    expect(await ended()).toMatchObject({ scenario: "two-lines", verdict: { isMet: false } });
    expect(await ask("/runs", { channel: NAMES.at(-1), scenario: "own" })).toMatchObject({ status: 202 });
  });

  test("of what there isn't", async () => {
    expect(await ask("/runs", { channel: FIRST, scenario: "none" })).toMatchObject({ status: 404 });
    expect(await ask("/runs", { channel: "telegram", scenario: "own" })).toMatchObject({ status: 404 });
    expect(await ask("/runs/run_none")).toMatchObject({ status: 404 });
  });
});

describe("the stream", () => {
  type Event = readonly [name: string, of: Readonly<Record<string, unknown>>];

  /** Reads events until one of that name has come. */
  async function readTo(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<Event[]> {
    const decoder = new TextDecoder();
    for (let text = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`it ended before ${wanted}`);
      text += decoder.decode(value, { stream: true });
      const events = [...text.matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)].map(
        ([, name = "", of = ""]): Event => [name, JSON.parse(of)],
      );
      if (events.some(([name]) => name === wanted)) return events;
    }
  }
  const open = async () => {
    const response = await api.app.request("/stream");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    return response.body?.getReader() ?? expect.fail("no body");
  };

  test("begins with everything, and tells what happens to a platform, the agent and a run", async () => {
    const reader = await open();
    expect(await readTo(reader, "hello")).toEqual([["hello", await state()]]);
    const { examplePeerId: peerId } = CHANNELS[FIRST].simulator;
    await ask(`/${FIRST}/says`, { peerId, text: "hi", lost: true });
    const events = await readTo(reader, "platform");
    expect(events.map(([name, { channel, kind }]) => [name, channel, kind])).toEqual([
      ["change", FIRST, "screen"],
      ["change", FIRST, "screen"],
      ["change", FIRST, "webhook"],
      ["platform", FIRST, undefined],
    ]);
    await ask("/agent", { mode: "many" });
    expect(await readTo(reader, "agent")).toMatchObject([["agent", { mode: "echo" }]]);
    await ask("/runs", { channel: FIRST, scenario: "own" });
    expect((await readTo(reader, "run")).at(0)).toMatchObject(["run", { scenario: "own", progress: [] }]);
    await reader.cancel();
  });

  test("an armed fault that is met is no longer among the platform's", async () => {
    const reader = await open();
    await ask("/line/faults", { route: "push", at: "before-accept", how: 503 });
    const armed = (await readTo(reader, "platform")).at(-1)?.[1] as unknown as PlatformWire;
    expect(armed.faults).toHaveLength(1);
    const url = simulators.find(({ channel }) => channel === "line")?.simulator.url;
    await fetch(`${url}/v2/bot/message/push`, { method: "POST", body: "{}" });
    const met = (await readTo(reader, "platform")).find(
      ([name]) => name === "platform",
    )?.[1] as unknown as PlatformWire;
    expect(met.faults).toEqual([]);
    await reader.cancel();
  });

  test("has a heartbeat, and readers at most", async () => {
    const readers = await Promise.all(Array.from({ length: 20 }, open));
    expect((await api.app.request("/stream")).status).toBe(503);
    await readers.pop()?.cancel();
    const last = await open();
    await readTo(last, "hello");
    await clock.advance(15_000);
    expect(new TextDecoder().decode((await last.read()).value)).toBe(": heartbeat\n\n");
    for (const reader of [...readers, last]) await reader.cancel();
    expect(clock.nextIn()).toBeNull();
  });

  test("cuts off a reader that doesn't read", async () => {
    const reader = await open();
    for (let told = 0; told < 1_100; told += 1) await ask("/agent", { mode: "many" });
    let read = 0;
    for (let done = false; !done; read += 1) ({ done } = await reader.read());
    expect(read).toBeLessThan(1_050);
  });
});
