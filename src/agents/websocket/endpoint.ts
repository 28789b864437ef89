import { accountKeyOf } from "../../core/conversation.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { isToken } from "../../runtime/bearer-token.ts";
import { setNewest } from "../../runtime/lru.ts";
import type { Agent, AgentHost, AgentOutcome } from "../agent.ts";
import type { AgentSocket, SocketEndpoint, SocketListener, UpgradeRequest } from "../socket.ts";
import { AgentInstance } from "./agent-instance.ts";
import { Connection } from "./connection.ts";
import { FRAME_LIMIT_BYTES, type Hello } from "./frames.ts";

export interface WebSocketAgentOptions {
  /** Token of the agents, in `Authorization: Bearer …` or in the hello. URL-safe, without spaces. */
  readonly token: string;
}

/** Delay before a turn is offered again when no agent has free capacity, in ms. */
const RETRY_OFFER_MS = 250;

/** Size of the LRU cache of conversations and their last agent. */
const CACHE_SIZE = 10_000;

/** Bots that connect to `GET /v1/agent` with a WebSocket. While none is connected, turns wait. */
export function webSocketAgent({ token }: WebSocketAgentOptions): Agent {
  const hub = new Hub(token);
  const endpoint: SocketEndpoint = {
    path: "/v1/agent",
    frameLimitBytes: FRAME_LIMIT_BYTES,
    // Browsers can't set headers: without one the token must be in the hello.
    admits: ({ bearer }) => bearer === null || isToken(bearer, token),
    isAuthenticated: ({ bearer }) => bearer !== null,
    open: (socket, upgradeRequest) => hub.connect(socket, upgradeRequest),
  };
  return {
    name: "websocket",
    transports: ["websocket"],
    instances: () => hub.open().map((instance) => instance.describe()),
    endpoints: [endpoint],
    attach: (host) => {
      hub.host = host;
    },
    isReachable: (accountKey) => hub.open().some((instance) => accountKey === undefined || instance.wants(accountKey)),
    freePlaces: () => hub.open().reduce((sum, instance) => sum + instance.freePlaces, 0),
    invoke: (turn, signal) => hub.give(turn, signal),
    secrets: () => [token],
    close: async () => hub.close(),
  };
}

/** The instances of all connected agents, and the choice of the next one. */
class Hub {
  host: AgentHost | null = null;
  readonly #token: string;
  readonly #instances = new Map<string, AgentInstance>();
  readonly #connections = new Set<Connection>();
  /** Instance of each conversation's last turn, least recently used first. */
  readonly #lastInstances = new Map<string, string>();
  #given = 0;

  constructor(token: string) {
    this.#token = token;
  }

  connect(socket: AgentSocket, { bearer }: UpgradeRequest): SocketListener {
    const { host } = this;
    if (host === null) throw new Error("an agent connected before attach was called");
    const connection = new Connection(socket, host, {
      isAuthenticated: bearer !== null,
      isAllowed: (hello) => bearer !== null || isToken(hello.token ?? "", this.#token),
      register: (hello) => this.#register(hello, socket, host),
      deregister: (instance) => this.#deregister(instance, socket, host),
      onEnd: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    return connection;
  }

  open(): AgentInstance[] {
    return [...this.#instances.values()].filter((instance) => instance.state === "open");
  }

  /** The instance that had the conversation last, if it has free capacity; else the one with the most. */
  give(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome> {
    const { conversationId } = turn.conversation;
    const accountKey = accountKeyOf(turn.conversation);
    const able = this.open().filter((instance) => instance.freePlaces > 0 && instance.wants(accountKey));
    const known = able.find((instance) => instance.id === this.#lastInstances.get(conversationId));
    const [next] = able.toSorted((a, b) => b.freePlaces - a.freePlaces || a.lastGiven - b.lastGiven);
    const instance = known ?? next;
    if (instance === undefined) {
      return Promise.resolve({ kind: "returned", reason: "no agent has free capacity", afterMs: RETRY_OFFER_MS });
    }
    this.#given += 1;
    instance.lastGiven = this.#given;
    setNewest(this.#lastInstances, conversationId, instance.id, CACHE_SIZE);
    return instance.give(turn, signal);
  }

  close(): void {
    for (const connection of this.#connections) connection.end(1012, "the gateway is restarting: connect again");
  }

  #register(hello: Hello, socket: AgentSocket, host: AgentHost) {
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

  #deregister(instance: AgentInstance, socket: AgentSocket, host: AgentHost): void {
    host.countConnections(-1);
    // The instance may be on a newer connection.
    if (instance.socket !== socket) return;
    instance.drop();
    if (instance.state === "gone") this.#forget(instance);
    else this.#forgetLater(instance, host);
    host.log.info(
      { agent: instance.name, instance: instance.id, openTurns: instance.works.size },
      "agent disconnected",
    );
  }

  /** After a lease each of its turns has ended, by expiry at the latest. */
  #forgetLater(instance: AgentInstance, host: AgentHost): void {
    host.clock.after(host.leaseMs, () => {
      if (instance.state === "gone") this.#forget(instance);
    });
  }

  /** Keeps a newer instance with the same id. */
  #forget(instance: AgentInstance): void {
    if (this.#instances.get(instance.id) === instance) this.#instances.delete(instance.id);
  }
}
