/** How a scenario's bot is reached: in the process, or over a socket that may drop at any of its frames. */
import type { Agent } from "../../../src/agents/agent.ts";
import { connect } from "../../../src/agents/client/connect.ts";
import { inProcessAgent } from "../../../src/agents/in-process.ts";
import { openabAgent } from "../../../src/agents/openab/endpoint.ts";
import type { WireTurn } from "../../../src/agents/protocol.ts";
import { webSocketAgent } from "../../../src/agents/websocket/endpoint.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import type { Random } from "../../../src/runtime/random.ts";
import { memoryCore } from "../agents/memory-core.ts";
import { type Drop, MemoryNetwork, type Reachable } from "../agents/memory-network.ts";
import type { Tap } from "./tap.ts";

/** A process of the gateway, as bots see it. */
export interface Host {
  readonly agent: Agent;
  readonly tap: Tap;
}

export interface Bots {
  /** For a process that begins. */
  agent(): Agent;
  readonly frames: readonly string[];
  /** That process has died. */
  gone(host: Host): void;
  close(): void;
}

export interface TransportParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly answer: (turn: WireTurn) => unknown;
  /** The process that takes connections now. */
  readonly reach: () => Host | null;
}

export type AgentTransport = (parts: TransportParts) => Bots;

/** Where, of all frames both ways, the connection ends. */
export interface DropPlan {
  readonly at: number;
  readonly drop: Drop;
}

export const inProcessBots: AgentTransport = ({ answer }) => {
  const agent = inProcessAgent(answer);
  return { agent: () => agent, frames: [], gone: () => undefined, close: () => undefined };
};

const TOKEN = "agent-token";

/** ConnectionPool to whichever process is there. */
class Network {
  readonly #hosts = new Map<Host, Reachable>();
  readonly memory: MemoryNetwork;

  constructor({ clock, reach }: TransportParts, plan: DropPlan | null) {
    this.memory = new MemoryNetwork({
      clock,
      reach: () => {
        const host = reach();
        return host === null ? null : this.#reachable(host);
      },
      strikes: (at) => (plan?.at === at ? plan.drop : null),
    });
  }

  gone(host: Host): void {
    this.memory.disconnect(this.#reachable(host));
  }

  #reachable(host: Host): Reachable {
    const known = this.#hosts.get(host) ?? { agent: host.agent, hear: (act) => host.tap.hear(act) };
    this.#hosts.set(host, known);
    return known;
  }
}

/** A bot written with our client, at `GET /v1/agent`. It says the first of several replies at once, and the rest at the end. */
export function webSocketBots(plan: DropPlan | null): AgentTransport {
  return (parts) => {
    const network = new Network(parts, plan);
    const bot = connect("ws://gateway.invalid/v1/agent", {
      token: TOKEN,
      clock: parts.clock,
      random: parts.random,
      WebSocket: network.memory.WebSocket,
    });
    bot.onTurn(async (turn) => {
      const answer = await parts.answer(turn);
      if (!Array.isArray(answer)) return answer;
      const [first, ...rest] = answer as readonly string[];
      if (first === undefined) return [];
      await turn.reply(first);
      await turn.flush();
      return rest;
    });
    return {
      agent: () => webSocketAgent({ token: TOKEN }),
      frames: network.memory.frames,
      gone: (host) => network.gone(host),
      close: () => void bot.close(),
    };
  };
}

export interface CoreManner {
  readonly reacts: boolean;
  /** The transport's own: whether a turn that a core had taken, and lost with its connection, is asked anew. */
  readonly replayAccepted: boolean;
}

/** An openab core at `GET /ws`. It knows nothing of turns and attempts, and can't say that it failed. */
export function openabBots({ reacts, replayAccepted }: CoreManner): (plan: DropPlan | null) => AgentTransport {
  return (plan) => (parts) => {
    const network = new Network(parts, plan);
    const core = memoryCore({
      url: `ws://gateway.invalid/ws?token=${TOKEN}`,
      clock: parts.clock,
      WebSocket: network.memory.WebSocket,
      reacts,
      answer: async (text) => {
        const said = await parts.answer({ text, attempt: Number.POSITIVE_INFINITY } as WireTurn);
        return (Array.isArray(said) ? said : [said]) as readonly string[];
      },
    });
    return {
      agent: () => openabAgent({ token: TOKEN, replayAccepted }),
      frames: network.memory.frames,
      gone: (host) => network.gone(host),
      close: () => core.close(),
    };
  };
}
