/** People on a simulated LINE, a gateway that may die or freeze, and what everybody saw. */
import type { Agent } from "../../../src/agents/agent.ts";
import type { WireTurn } from "../../../src/agents/protocol.ts";
import type { Channel } from "../../../src/channels/channel.ts";
import { type LineOptions, line } from "../../../src/channels/line/index.ts";
import { createLineSimulator, type LineSimulator } from "../../../src/channels/line/simulator.ts";
import type { GatewaySettings } from "../../../src/config/gateway-settings.ts";
import type { AttemptReport } from "../../../src/core/delivery.ts";
import { Unavailable } from "../../../src/core/errors.ts";
import { createGateway, type Gateway } from "../../../src/gateway.ts";
import type { Random } from "../../../src/runtime/random.ts";
import type { Store } from "../../../src/store/store.ts";
import { type ManualClock, manualClock } from "../manual-clock.ts";
import { seededRandom } from "../seeded-random.ts";
import { type AgentTransport, type Bots, inProcessBots } from "./agent-transports.ts";
import type { Disk } from "./disk.ts";
import { violatedInvariants } from "./invariants.ts";
import { type Plan, Tap } from "./tap.ts";

export interface World {
  readonly clock: ManualClock;
  readonly line: LineSimulator;
  /** What the rows break, in sentences. */
  violatedInvariants(): Promise<string[]>;
  /** What people said in turns that are dead: they are listed, for a person to decide. */
  deadTexts(): Promise<readonly string[]>;
  /** What nobody knows the person to have: it is listed, too. */
  unknownTexts(): Promise<readonly string[]>;
  /** Every turn that an agent was handed, in order. */
  readonly turns: WireTurn[];
  /** Names of the calls that the first process made while there was work. */
  calls(): readonly string[];
  /** The frames between gateways and bots, where there are any. */
  frames(): readonly string[];
  /** Ends the process and starts another on the same file. */
  restart(): Promise<void>;
  /** Lets time pass until nothing moves any more. Throws when it still does after an hour. */
  untilQuiet(): Promise<void>;
  close(): Promise<void>;
}

export type AgentScript = (turn: WireTurn, clock: ManualClock) => unknown;

const SETTINGS: GatewaySettings = {
  batch: { quietMs: 500, maxWaitMs: 2_000 },
  leaseMs: 5_000,
  agentTimeoutMs: 60_000,
  // Wake-ups drive the loops; a poll every few seconds finds what a fault made them miss.
  pollMs: 5_000,
};

interface Process {
  readonly tap: Tap;
  readonly store: Store;
  readonly gateway: Gateway;
  readonly agent: Agent;
  isUp: boolean;
}

/** What all processes of a world share, and which of them is there now. */
interface WorldState {
  readonly clock: ManualClock;
  readonly random: Random;
  readonly disk: Disk;
  readonly simulator: LineSimulator;
  readonly bots: Bots;
  readonly lineOptions: Partial<LineOptions>;
  readonly settings: GatewaySettings;
  readonly processes: Process[];
  current: Process | null;
  /** The open file. A frozen process and its rival share it. */
  store: Store | null;
}

export async function openWorld(
  agentScript: AgentScript,
  plan: Plan | null,
  disk: Disk,
  { line: lineOptions = {}, settings = {} }: { line?: Partial<LineOptions>; settings?: GatewaySettings } = {},
  agentTransport: AgentTransport = inProcessBots,
): Promise<World> {
  const clock = manualClock(undefined, disk.busy);
  const random = seededRandom(7);
  const turns: WireTurn[] = [];
  const bots = agentTransport({
    clock,
    random,
    answer: (turn) => {
      turns.push(turn);
      return agentScript(turn, clock);
    },
    reach: () => {
      const { current } = state;
      return current?.isUp === true ? current : null;
    },
  });
  const simulator: LineSimulator = createLineSimulator({
    clock,
    random,
    channelSecret: "secret",
    channelAccessToken: "token",
    redelivery: { count: 20, intervalMs: 3_000, timeoutMs: 2_000 },
    deliver: (body, headers) => post(state.current, body, headers),
  });
  const processes: Process[] = [];
  const state: WorldState = {
    clock,
    random,
    disk,
    simulator,
    bots,
    lineOptions,
    settings,
    processes,
    current: null,
    store: null,
  };
  await begin(state, plan);
  return {
    clock,
    line: simulator,
    violatedInvariants: () => violatedInvariants(disk.select),
    deadTexts: () => deadTexts(disk),
    unknownTexts: () => unknownTexts(disk),
    turns,
    frames: () => bots.frames,
    calls: () => whileThereWasWork(state.processes[0]?.tap.calls ?? []),
    restart: async () => {
      state.current?.tap.kill();
      await bury(state);
      await begin(state, null);
    },
    untilQuiet: () => untilQuiet(state),
    close: async () => {
      for (const { tap } of state.processes) tap.kill();
      bots.close();
      simulator.close();
      await state.store?.close();
      await disk.drop();
    },
  };
}

async function deadTexts({ select }: Disk): Promise<readonly string[]> {
  const rows = await select("SELECT e.content FROM event AS e JOIN turn AS t USING (turn_id) WHERE t.state = 'dead'");
  return (rows as { content: string }[]).map(
    ({ content }) => (JSON.parse(content) as { message?: { text?: string } }).message?.text ?? "",
  );
}

async function unknownTexts({ select }: Disk): Promise<readonly string[]> {
  const rows = await select("SELECT messages FROM delivery WHERE state = 'unknown'");
  return (rows as { messages: string }[]).flatMap(({ messages }) =>
    (JSON.parse(messages) as { text?: string }[]).map(({ text }) => text ?? ""),
  );
}

/** After the last call that belongs to a message, only the loops look around. */
function whileThereWasWork(calls: readonly string[]): readonly string[] {
  return calls.slice(0, calls.findLastIndex((call) => OF_A_MESSAGE.test(call)) + 1);
}

const OF_A_MESSAGE = /^(agent|platform)\.|^store\.(ingest|seal|claim|renew|answer|prompt|fail|start|settle)/;

async function begin(state: WorldState, plan: Plan | null): Promise<void> {
  const { disk, clock, random, simulator, bots } = state;
  state.store ??= await disk.open({ clock, random });
  const { store } = state;
  const tap = new Tap((at) => (plan?.at === at ? plan.fault : null), {
    // The file is closed as the system would: what was handed to the disk is there, and nobody is told.
    death: () => void bury(state).then(() => begin(state, null)),
    freeze: () => void begin(state, null),
  });
  const platformClient = simulator.platformClient({ clock, sendTimeoutMs: 10_000 });
  const options = { ...simulator.channelOptions("https://line.invalid"), ...state.lineOptions };
  const channel = line(options, { clock, platformClient });
  const agent = tapAgent(bots.agent(), tap);
  const gateway = createGateway({
    ...SETTINGS,
    ...state.settings,
    store: tapStore(store, tap),
    channels: [tapChannel(channel, tap)],
    agent,
    clock: tap.clockOf(clock),
    random,
  });
  const started: Process = { tap, store, gateway, agent, isUp: false };
  state.processes.push(started);
  state.current = started;
  // One that dies or freezes while it starts never says so.
  const start = gateway.start().then(() => {
    started.isUp = true;
  });
  await Promise.race([start, tap.struck]);
}

async function bury(state: WorldState): Promise<void> {
  const { store, current } = state;
  state.current = null;
  state.store = null;
  if (current !== null) state.bots.gone(current);
  await store?.close();
}

/** A dead process answers nothing: the platform sees a broken connection. */
export async function post(
  process: Pick<Process, "gateway"> | null,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  path = "/webhook/line",
) {
  const gateway = process?.gateway;
  if (gateway === undefined) throw new Error("connection refused");
  const request = new Request(`https://gateway.invalid${path}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: new Uint8Array(body),
  });
  return (await gateway.fetch(request)).status;
}

export function tapStore(store: Store, tap: Tap): Store {
  const lost = (): never => {
    throw new Unavailable("the answer was lost");
  };
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => tap.call(`store.${String(name)}`, () => method.apply(target, args), lost);
    },
  });
}

export function tapChannel(channel: Channel, tap: Tap): Channel {
  const noAnswer: AttemptReport = {
    outcome: { kind: "unknown", reason: "the answer was lost" },
    status: null,
    response: null,
    requestId: null,
    acceptedRequestId: null,
  };
  return {
    ...channel,
    send: (call, route) =>
      tap.call(
        `platform.${route}`,
        () => channel.send(call, route),
        () => noAnswer,
      ),
  };
}

export function tapAgent(agent: Agent, tap: Tap): Agent {
  return {
    ...agent,
    invoke: (turn, signal) =>
      tap.call(
        "agent.invoke",
        () => agent.invoke(turn, signal),
        () => ({ kind: "failed", reason: "the answer was lost", retryAfterMs: 0 }),
      ),
  };
}

/** States that end by themselves. What is parked, dead or held waits for somebody and may stay. */
const MOVING: ReadonlySet<string> = new Set(["collecting", "ready", "leased", "pending", "sending"]);
const STEP_MS = 1_000;
const THAW_AFTER_MS = 10_000;
const LIMIT_MS = 3_600_000;
/** Longer than a lease and a redelivery: what has not moved by then has ended. */
const QUIET_MS = 20_000;

async function untilQuiet(state: WorldState): Promise<void> {
  let quietMs = 0;
  for (let passedMs = 0; passedMs < LIMIT_MS; passedMs += STEP_MS) {
    await state.clock.advance(STEP_MS);
    const waiting = (await state.store?.countWaiting()) ?? null;
    const moves = waiting === null || waiting.some(({ state, count }) => MOVING.has(state) && count > 0);
    quietMs = moves ? 0 : quietMs + STEP_MS;
    // By now the rival of a frozen process has done its work: the frozen one comes back to find it done.
    if (quietMs === THAW_AFTER_MS) for (const { tap } of state.processes) tap.thaw();
    if (quietMs >= QUIET_MS) return;
  }
  throw new Error("something still moves after an hour");
}
