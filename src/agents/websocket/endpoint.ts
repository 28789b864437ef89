import type { ClaimedTurn } from "../../core/turn.ts";
import type { Agent, AgentHost, AgentOutcome } from "../agent.ts";
import type { AgentSocket, SocketEndpoint, SocketListener, UpgradeRequest } from "../socket.ts";
import { isToken } from "../token.ts";
import { AgentInstance } from "./agent-instance.ts";
import { Connection } from "./connection.ts";
import { FRAME_LIMIT_BYTES, type Hello } from "./frames.ts";

export interface WebSocketAgentOptions {
  /** What agents must show, in `Authorization: Bearer …` or in their hello. URL-safe, without spaces. */
  readonly token: string;
}

/** A turn that nobody could take (all are busy, or gone at that moment) is offered again after this long, in ms. */
const OFFER_AGAIN_MS = 250;

/** Conversations whose last agent is remembered. */
const REMEMBERED = 10_000;

/** Bots that connect to `GET /v1/agent`. While none is connected, turns wait. */
export function webSocketAgent({ token }: WebSocketAgentOptions): Agent {
  const hub = new Hub(token);
  const endpoint: SocketEndpoint = {
    path: "/v1/agent",
    frameLimitBytes: FRAME_LIMIT_BYTES,
    // Browsers can't set headers: who brings none must say the token in the hello.
    admits: ({ bearer }) => bearer === null || isToken(bearer, token),
    knows: ({ bearer }) => bearer !== null,
    open: (socket, upgradeRequest) => hub.connect(socket, upgradeRequest),
  };
  return {
    name: "websocket",
    endpoints: [endpoint],
    attach: (host) => {
      hub.host = host;
    },
    isReachable: (account) => hub.open().some((instance) => account === undefined || instance.wants(account)),
    room: () => hub.open().reduce((sum, instance) => sum + instance.room, 0),
    invoke: (turn, signal) => hub.give(turn, signal),
    secrets: () => [token],
    close: async () => hub.close(),
  };
}

/** The instances of all connected agents, and who gets the next turn. */
class Hub {
  host: AgentHost | null = null;
  readonly #token: string;
  readonly #instances = new Map<string, AgentInstance>();
  readonly #connections = new Set<Connection>();
  /** Who had the last turn of a conversation, the oldest first. */
  readonly #lastWith = new Map<string, string>();
  #given = 0;

  constructor(token: string) {
    this.#token = token;
  }

  connect(socket: AgentSocket, { bearer }: UpgradeRequest): SocketListener {
    const { host } = this;
    if (host === null) throw new Error("an agent connected before the gateway was there");
    const connection = new Connection(socket, host, {
      isKnown: bearer !== null,
      isAllowed: (hello) => bearer !== null || isToken(hello.token ?? "", this.#token),
      enter: (hello) => this.#enter(hello, socket, host),
      leave: (instance) => this.#leave(instance, socket, host),
      onEnd: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    return connection;
  }

  open(): AgentInstance[] {
    return [...this.#instances.values()].filter((instance) => instance.state === "open");
  }

  /** The agent that had the conversation last, if it has room; else the one with the least work for its credit. */
  give(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome> {
    const { channel, account, conversationId } = turn.conversation;
    const able = this.open().filter((instance) => instance.room > 0 && instance.wants(`${channel}/${account}`));
    const known = able.find((instance) => instance.id === this.#lastWith.get(conversationId));
    const [next] = able.toSorted((a, b) => b.room - a.room || a.givenAt - b.givenAt);
    const instance = known ?? next;
    if (instance === undefined) {
      return Promise.resolve({ kind: "returned", reason: "no agent has room for it", afterMs: OFFER_AGAIN_MS });
    }
    this.#given += 1;
    instance.givenAt = this.#given;
    this.#remember(conversationId, instance.id);
    return instance.give(turn, signal);
  }

  close(): void {
    for (const connection of this.#connections) connection.end(1012, "the gateway is restarting: connect again");
  }

  #enter(hello: Hello, socket: AgentSocket, host: AgentHost) {
    const id = hello.instance ?? host.random.id("ses");
    const known = this.#instances.get(id);
    const instance = known ?? new AgentInstance(id, hello, host);
    if (known?.socket) known.socket.close(4409, "the same instance connected again");
    const turns = instance.open(socket, hello);
    this.#instances.set(id, instance);
    host.countConnections(1);
    host.log.info({ agent: instance.name, instance: id, resumed: turns.resumed.length }, "agent connected");
    host.wake();
    return { instance, ...turns };
  }

  #leave(instance: AgentInstance, socket: AgentSocket, host: AgentHost): void {
    host.countConnections(-1);
    // A newer connection may have taken the instance over.
    if (instance.socket !== socket) return;
    instance.drop();
    if (instance.state === "gone") this.#forget(instance);
    else this.#forgetLater(instance, host);
    host.log.info({ agent: instance.name, instance: instance.id, held: instance.works.size }, "agent disconnected");
  }

  /** After a lease of absence each of its turns has ended, by silence at the latest. */
  #forgetLater(instance: AgentInstance, host: AgentHost): void {
    host.clock.after(host.leaseMs, () => {
      if (instance.state === "gone") this.#forget(instance);
    });
  }

  /** The agent may have come back meanwhile, under the same id: that instance has begun anew, and stays. */
  #forget(instance: AgentInstance): void {
    if (this.#instances.get(instance.id) === instance) this.#instances.delete(instance.id);
  }

  #remember(conversationId: string, instanceId: string): void {
    this.#lastWith.delete(conversationId);
    this.#lastWith.set(conversationId, instanceId);
    const [oldest] = this.#lastWith.keys();
    if (this.#lastWith.size > REMEMBERED && oldest !== undefined) this.#lastWith.delete(oldest);
  }
}
