import type { Agent } from "../../src/agents/agent.ts";
import { type AgentFunction, inProcessAgent } from "../../src/agents/in-process.ts";
import type { Channel } from "../../src/channels/channel.ts";
import { type LineOptions, line } from "../../src/channels/line/index.ts";
import { createLineSimulator, type LineSimulatorOptions } from "../../src/channels/line/simulator.ts";
import { createGateway, type GatewayOptions, type Running } from "../../src/gateway.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import type { Log } from "../../src/runtime/log.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import type { Store } from "../../src/store/store.ts";
import { manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

export const LINE_SECRET = "secret";
const LINE_TOKEN = "access";
const SEND_TIMEOUT_MS = 10_000;

export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface AssemblyOptions {
  readonly answer?: AgentFunction;
  /** In place of `answer`. */
  readonly agent?: Agent;
  /** Default `:memory:`. */
  readonly file?: string;
  /** The database's clock, where it is another than the process's. */
  readonly storeClock?: (clock: Clock) => Clock;
  /** Faults are put in by wrapping the seam. */
  readonly wrapStore?: (store: Store) => Store;
  readonly wrapChannel?: (channel: Channel) => Channel;
  readonly settings?: Partial<GatewayOptions>;
  readonly line?: Partial<LineSimulatorOptions>;
  /** LINE is asked for names as well. Default false: then the only calls are those that send. */
  readonly asksLine?: boolean;
  /** How the LINE channel is set. */
  readonly channel?: Partial<LineOptions>;
  /** The process that was there before: the same LINE at the same time, whose webhooks come here now. */
  readonly after?: { readonly world: World };
}

type World = ReturnType<typeof createWorld>;

/** What is the same from one process to the next. */
function createWorld(line: Partial<LineSimulatorOptions>) {
  const clock = manualClock();
  const receiver: { fetch: (request: Request) => Promise<Response> | Response } = {
    fetch: () => new Response(null, { status: 502 }),
  };
  const simulator = createLineSimulator({
    clock,
    random: seededRandom(12),
    channelSecret: LINE_SECRET,
    channelAccessToken: LINE_TOKEN,
    deliver: async (body, headers) => (await receiver.fetch(requestTo("/webhook/line", body, headers))).status,
    ...line,
  });
  return { clock, simulator, receiver, random: seededRandom(11) };
}

function requestTo(
  path: string,
  body: Uint8Array | ReadableStream,
  headers: Readonly<Record<string, string>>,
): Request {
  const isStream = body instanceof ReadableStream;
  return new Request(`http://gateway${path}`, {
    method: "POST",
    body: isStream ? body : new Uint8Array(body),
    headers: { ...headers },
    ...(isStream ? { duplex: "half" } : {}),
  });
}

function lineOf(options: AssemblyOptions, { clock, simulator }: World): Channel {
  const channel = line(
    {
      channelSecret: [LINE_SECRET],
      channelAccessToken: LINE_TOKEN,
      sendTimeoutMs: SEND_TIMEOUT_MS,
      ...options.channel,
    },
    {
      clock,
      platformClient: simulator.platformClient({ clock, sendTimeoutMs: SEND_TIMEOUT_MS }),
      ...(options.asksLine === true && { isWhole: true }),
    },
  );
  return options.wrapChannel?.(channel) ?? channel;
}

/**
 * A whole gateway without a socket: real SQLite, LINE over its simulator, a bot that is a function; time stands still
 * until the test moves it.
 */
export function assembleGateway(options: AssemblyOptions = {}) {
  const { answer = () => undefined, file = ":memory:", wrapStore = (store) => store } = options;
  const world = options.after?.world ?? createWorld(options.line ?? {});
  const { clock, simulator, random } = world;
  const lines: LogLine[] = [];
  const store = wrapStore(sqlite({ file, clock: options.storeClock?.(clock) ?? clock, random }));
  const gateway = createGateway({
    store,
    channels: [lineOf(options, world)],
    agent: options.agent ?? inProcessAgent(answer),
    batch: { quietMs: 0 },
    log: logInto(lines),
    clock,
    random,
    ...options.settings,
  });
  world.receiver.fetch = gateway.fetch;
  let running: Running | null = null;

  return {
    world,
    clock,
    simulator,
    gateway,
    store,
    lines,
    /** Messages of the log lines, in order. */
    messages: () => lines.map(({ message }) => message),
    post: async (...given: Parameters<typeof requestTo>) => await gateway.fetch(requestTo(...given)),
    get: (path: string) => gateway.fetch(new Request(`http://gateway${path}`)),
    start: async () => {
      running = await gateway.start();
      return running;
    },
    /** The value of a metric, over all its labels that match. */
    count: async (name: string, labels: Readonly<Record<string, string | number>> = {}) => {
      const metric = await gateway.metrics.registry.getSingleMetric(`turnpike_${name}`)?.get();
      const values = metric?.values ?? [];
      const matching = values.filter((value) =>
        Object.entries(labels).every(
          ([label, wanted]) => String((value.labels as Record<string, unknown>)[label]) === String(wanted),
        ),
      );
      return matching.reduce((sum, value) => sum + value.value, 0);
    },
    /** Ends it, however far it came. The clock is moved as far as a stop may take. */
    end: async () => {
      simulator.close();
      if (running === null) return await store.close();
      const stopped = running.stop();
      await clock.advance(10_000);
      await stopped;
    },
  };
}

export type AssembledGateway = ReturnType<typeof assembleGateway>;

function logInto(lines: LogLine[]): Log {
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, fields, message });
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), fatal: at("fatal") };
}
