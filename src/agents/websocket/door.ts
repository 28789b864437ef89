import type { ClaimedTurn } from "../../core/turn.ts";
import type { Agent, AgentHost, AgentOutcome } from "../agent.ts";
import type { AgentSocket, Knock, SocketDoor, SocketListener } from "../socket.ts";
import { isToken } from "../token.ts";
import { Connection } from "./connection.ts";
import { FRAME_LIMIT_BYTES, type Hello } from "./frames.ts";
import { Session } from "./session.ts";

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
  const door: SocketDoor = {
    path: "/v1/agent",
    frameLimitBytes: FRAME_LIMIT_BYTES,
    // Browsers can't set headers: who brings none must say the token in the hello.
    admits: ({ bearer }) => bearer === null || isToken(bearer, token),
    knows: ({ bearer }) => bearer !== null,
    open: (socket, knock) => hub.connect(socket, knock),
  };
  return {
    name: "websocket",
    doors: [door],
    attach: (host) => {
      hub.host = host;
    },
    isReachable: (account) => hub.open().some((session) => account === undefined || session.wants(account)),
    room: () => hub.open().reduce((sum, session) => sum + session.room, 0),
    invoke: (turn, signal) => hub.give(turn, signal),
    secrets: () => [token],
    close: async () => hub.close(),
  };
}

/** The sessions of all connected agents, and who gets the next turn. */
class Hub {
  host: AgentHost | null = null;
  readonly #token: string;
  readonly #sessions = new Map<string, Session>();
  readonly #connections = new Set<Connection>();
  /** Who had the last turn of a conversation, the oldest first. */
  readonly #lastWith = new Map<string, string>();
  #given = 0;

  constructor(token: string) {
    this.#token = token;
  }

  connect(socket: AgentSocket, { bearer }: Knock): SocketListener {
    const { host } = this;
    if (host === null) throw new Error("an agent connected before the gateway was there");
    const connection = new Connection(socket, host, {
      isKnown: bearer !== null,
      isAllowed: (hello) => bearer !== null || isToken(hello.token ?? "", this.#token),
      enter: (hello) => this.#enter(hello, socket, host),
      leave: (session) => this.#leave(session, socket, host),
      onEnd: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    return connection;
  }

  open(): Session[] {
    return [...this.#sessions.values()].filter((session) => session.state === "open");
  }

  /** The agent that had the conversation last, if it has room; else the one with the least work for its credit. */
  give(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome> {
    const { channel, account, conversationId } = turn.conversation;
    const able = this.open().filter((session) => session.room > 0 && session.wants(`${channel}/${account}`));
    const known = able.find((session) => session.id === this.#lastWith.get(conversationId));
    const [next] = able.toSorted((a, b) => b.room - a.room || a.givenAt - b.givenAt);
    const session = known ?? next;
    if (session === undefined) {
      return Promise.resolve({ kind: "returned", reason: "no agent has room for it", afterMs: OFFER_AGAIN_MS });
    }
    this.#given += 1;
    session.givenAt = this.#given;
    this.#remember(conversationId, session.id);
    return session.give(turn, signal);
  }

  close(): void {
    for (const connection of this.#connections) connection.end(1012, "the gateway is restarting: connect again");
  }

  #enter(hello: Hello, socket: AgentSocket, host: AgentHost) {
    const id = hello.session ?? host.chance.id("ses");
    const known = this.#sessions.get(id);
    const session = known ?? new Session(id, hello, host);
    if (known?.socket) known.socket.close(4409, "the same session connected again");
    const turns = session.open(socket, hello);
    this.#sessions.set(id, session);
    host.countConnections(1);
    host.log.info({ agent: session.name, session: id, resumed: turns.resumed.length }, "agent connected");
    host.wake();
    return { session, ...turns };
  }

  #leave(session: Session, socket: AgentSocket, host: AgentHost): void {
    host.countConnections(-1);
    // A newer connection may have taken the session over.
    if (session.socket !== socket) return;
    session.drop();
    if (session.state === "gone") this.#forget(session);
    else this.#forgetLater(session, host);
    host.log.info({ agent: session.name, session: session.id, held: session.works.size }, "agent disconnected");
  }

  /** After a lease of absence each of its turns has ended, by silence at the latest. */
  #forgetLater(session: Session, host: AgentHost): void {
    host.clock.after(host.leaseMs, () => {
      if (session.state === "gone") this.#forget(session);
    });
  }

  /** The agent may have come back meanwhile, under the same id: that session has begun anew, and stays. */
  #forget(session: Session): void {
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id);
  }

  #remember(conversationId: string, sessionId: string): void {
    this.#lastWith.delete(conversationId);
    this.#lastWith.set(conversationId, sessionId);
    const [oldest] = this.#lastWith.keys();
    if (this.#lastWith.size > REMEMBERED && oldest !== undefined) this.#lastWith.delete(oldest);
  }
}
