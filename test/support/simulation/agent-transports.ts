/** How a seed's bots are reached: in the process, or over sockets that drop at any of their frames. */
import type { Agent } from "../../../src/agents/agent.ts";
import { connect } from "../../../src/agents/client/connect.ts";
import { webSocketAgent } from "../../../src/agents/websocket/endpoint.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import { DROPS, MemoryNetwork, type Reachable } from "../agents/memory-network.ts";
import type { Host } from "../faults/agent-transports.ts";
import { seededRandom } from "../seeded-random.ts";
import type { Bots } from "./agents.ts";
import type { Coverage } from "./coverage.ts";
import { localAgents } from "./local-fault.ts";
import type { Script } from "./script.ts";
import type { Prng } from "./seeded-prng.ts";

export interface SeedTransport {
  /** For a process that begins. */
  agent(): Agent;
  /** That process has died. */
  gone(host: Host): void;
  /** From now on no socket drops. */
  calm(): void;
  close(): void;
  /** Every frame, both ways. */
  readonly frames: readonly string[];
}

export interface TransportOptions {
  readonly seed: number;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly bots: Bots;
  readonly coverage: Coverage;
  /** The process that takes a new connection. */
  readonly reach: () => Host | null;
  readonly script: Pick<Script, "local" | "isWell">;
}

/** The reply API, lost connections and several attempts are about bots in general: most seeds have them in the process. */
export function transportOf(options: TransportOptions): SeedTransport {
  const { local, isWell } = options.script;
  // Where a fault stays with some, no socket drops: a bot that is on its way back is away for everybody.
  const mayUseSockets = local === null || (isWell && !local.hasOwnAgent);
  return options.prng.happens(0.7) || !mayUseSockets ? inProcess(options) : overSockets(options);
}

function inProcess({ bots: { agent }, script: { local } }: TransportOptions): SeedTransport {
  return {
    agent: () => (local === null ? agent : localAgents(local, agent)),
    gone: () => undefined,
    calm: () => undefined,
    close: () => undefined,
    frames: [],
  };
}

const TOKEN = "agent-token";
const FRAMES_BETWEEN_DROPS = [1, 30] as const;

function overSockets({ seed, clock, prng, bots, coverage, reach, script }: TransportOptions): SeedTransport {
  const reachable = new Map<Host, Reachable>();
  const of = (host: Host): Reachable => {
    const known = reachable.get(host) ?? { agent: host.agent, hear: (act) => host.tap.hear(act) };
    reachable.set(host, known);
    return known;
  };
  let isCalm = script.local !== null;
  let untilDrop = prng.between(...FRAMES_BETWEEN_DROPS);
  const network = new MemoryNetwork({
    clock,
    reach: () => {
      const host = reach();
      return host === null ? null : of(host);
    },
    strikes: (_, frame) => {
      untilDrop -= 1;
      if (isCalm || untilDrop > 0) return null;
      untilDrop = prng.between(...FRAMES_BETWEEN_DROPS);
      const drop = prng.pick(DROPS);
      coverage.count(`socket drops ${drop}`, stateAtFrame(frame));
      return drop;
    },
  });
  const connections = Array.from({ length: prng.between(1, 2) }, (_, nth) =>
    connect("ws://gateway.invalid/v1/agent", {
      token: TOKEN,
      name: `bot ${nth + 1}`,
      clock,
      random: seededRandom(seed * 10 + nth),
      WebSocket: network.WebSocket,
    }).onTurn(bots.answer),
  );
  return {
    agent: () => webSocketAgent({ token: TOKEN }),
    gone: (host) => network.disconnect(of(host)),
    calm: () => {
      isCalm = true;
    },
    close: () => {
      for (const connection of connections) void connection.close();
    },
    frames: network.frames,
  };
}

const STATE_AT_FRAME: Readonly<Record<string, string>> = {
  "gateway: turn": "ready",
  "bot: accept": "leased",
  "bot: progress": "leased",
  "bot: reply": "leased",
  "bot: error": "leased",
  "bot: done": "answered",
  "gateway: ack": "answered",
  "gateway: refused": "answered",
};

function stateAtFrame(frame: string): string {
  return STATE_AT_FRAME[frame] ?? "idle";
}
