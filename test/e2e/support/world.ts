/** LINE, the gateway and a bot, joined by real sockets on loopback. */
import { type LineHostOptions, type LineSimulator, type RunningLine, startLine } from "../../../src/simulator/index.ts";
import { AGENT_SECRET, type HandedTurn, type Script, ScriptedAgent } from "./agent.ts";
import type { Environment } from "./command.ts";
import { until } from "./eventually.ts";
import { Gateway } from "./gateway.ts";
import { PlatformProxy } from "./platform-proxy.ts";

export const CHANNEL_SECRET = "e2e-channel-secret";
export const ACCESS_TOKEN = "e2e-access-token";
export const AGENT_TOKEN = "e2e-agent-token";

export type ApiCall = LineSimulator["calls"][number];
export type Bubble = ReturnType<LineSimulator["seenBy"]>[number];

export interface WorldOptions {
  readonly env?: Environment;
  readonly line?: Partial<LineHostOptions["line"]>;
}

/** A person on LINE, with what came of them on either side of the gateway. */
export type Somebody = ReturnType<LineSimulator["person"]> & {
  readonly id: string;
  readonly source: { readonly type: "user"; readonly userId: string };
  /** What stands on their screen from the bot. */
  seen(): readonly Bubble[];
  texts(): readonly (string | null)[];
  /** What the bot was handed of them. */
  turns(): readonly HandedTurn[];
  /** Resolves with the bubbles when there are that many. */
  hasSeen(count: number, limitMs?: number): Promise<readonly Bubble[]>;
  hasTurns(count: number, limitMs?: number): Promise<readonly HandedTurn[]>;
  /** Resolves when nothing of theirs is at work. */
  settled(limitMs?: number): Promise<void>;
  isAnsweredBy(script: Script): void;
};

/** How many turns and deliveries wait for something that comes by itself, of everybody or of one person. */
const AT_WORK = `
  SELECT (SELECT count(*) FROM turn AS t JOIN conversation AS c USING (conversation_id)
          WHERE t.state IN ('collecting', 'ready', 'leased') AND c.peer_id LIKE :peer)
       + (SELECT count(*) FROM delivery AS d JOIN conversation AS c USING (conversation_id)
          WHERE (d.state IN ('pending', 'sending') OR (d.state IN ('unknown', 'parked') AND d.due_at IS NOT NULL))
            AND c.peer_id LIKE :peer)`;

let people = 0;

export class World implements AsyncDisposable {
  readonly simulator: RunningLine;
  /** The gateway's way to LINE. */
  readonly platformProxy: PlatformProxy;
  readonly agent: ScriptedAgent;
  readonly gateway: Gateway;

  constructor(parts: {
    simulator: RunningLine;
    platformProxy: PlatformProxy;
    agent: ScriptedAgent;
    gateway: Gateway;
  }) {
    this.simulator = parts.simulator;
    this.platformProxy = parts.platformProxy;
    this.agent = parts.agent;
    this.gateway = parts.gateway;
  }

  get line(): LineSimulator {
    return this.simulator.line;
  }
  get replies(): readonly ApiCall[] {
    return this.line.calls.filter(({ path }) => path === "/v2/bot/message/reply");
  }
  get pushes(): readonly ApiCall[] {
    return this.line.calls.filter(({ path }) => path === "/v2/bot/message/push");
  }

  /** Every call that sends, on whichever route, in order. Names and tokens are asked for beside them. */
  get sends(): readonly ApiCall[] {
    return this.line.calls.filter(({ path }) => /^\/v2\/bot\/message\/(reply|push)$/.test(path));
  }

  /** Starts the gateway again on the same file and tells LINE where it is now. */
  async restart(changes: Environment = {}): Promise<void> {
    await this.gateway.start(changes);
    this.line.webhookUrl = this.gateway.webhookUrl;
  }

  /** Somebody whom nobody has met. */
  somebody(): Somebody {
    people += 1;
    const id = `U${"e2e".padEnd(26, "0")}${String(people).padStart(6, "0")}`;
    const seen = () => this.line.seenBy(id);
    const turns = () => this.agent.turnsOf(id);
    return {
      ...this.line.person(id),
      id,
      source: { type: "user", userId: id },
      seen,
      texts: () => seen().map(({ text }) => text),
      turns,
      hasSeen: (count, limitMs) => until(`${count} bubbles`, () => seen().length >= count && seen(), limitMs),
      hasTurns: (count, limitMs) => until(`${count} turns`, () => turns().length >= count && turns(), limitMs),
      settled: (limitMs) => this.settled(limitMs, id),
      isAnsweredBy: (script) => this.agent.script(id, script),
    };
  }

  /** Resolves when nothing is at work: no turn waits, no delivery is on its way. */
  async settled(limitMs?: number, peer = "%"): Promise<void> {
    await until("nothing at work", () => this.gateway.value(AT_WORK, { peer }) === 0, limitMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await Promise.all([this.agent.stop(), this.platformProxy.close(), this.simulator.close()]);
  }
}

/**
 * A turn is due when its person taps a button, and not because a slow machine let them be quiet: for what several
 * messages in one turn come to.
 */
export const UNTIL_A_TAP: Environment = {
  TURNPIKE_BATCH_QUIET_MS: "600000",
  TURNPIKE_BATCH_MAX_WAIT_MS: "600000",
};

/** Everything up. By default a turn is due after 100 quiet ms, and LINE redelivers nothing. */
export async function startWorld({ env = {}, line = {} }: WorldOptions = {}): Promise<World> {
  const simulator = await startLine({
    // A gateway that a busy machine holds up isn't what most tests are about: LINE would give up after 2 s.
    line: {
      channelSecret: CHANNEL_SECRET,
      channelAccessToken: ACCESS_TOKEN,
      redelivery: { timeoutMs: 30_000 },
      ...line,
    },
  });
  const platformProxy = new PlatformProxy(simulator.url);
  await platformProxy.open();
  const agent = new ScriptedAgent();
  await agent.start();
  const gateway = new Gateway({
    LINE_CHANNEL_SECRET: CHANNEL_SECRET,
    LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN,
    LINE_API_BASE_URL: platformProxy.url,
    LINE_DATA_API_BASE_URL: platformProxy.url,
    TURNPIKE_AGENT_URL: agent.url,
    TURNPIKE_AGENT_SECRET: AGENT_SECRET,
    TURNPIKE_AGENT_TOKEN: AGENT_TOKEN,
    TURNPIKE_BATCH_QUIET_MS: "100",
    // However late a busy machine is told a name, the agent has it.
    TURNPIKE_NAMES_WAIT_MS: "60000",
    ...env,
  });
  const world = new World({ simulator, platformProxy, agent, gateway });
  try {
    await world.restart();
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
  return world;
}
