import { type Clock, every, pause, systemClock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { webRandom } from "../../runtime/web-random.ts";
import { printError, printRefusal } from "../print-error.ts";
import type { WireTurn } from "../protocol.ts";
import type { AgentFrameToSend, GatewayFrame } from "../websocket/frames.ts";
import type { TurnFunction } from "./turn.ts";
import { ClientWork } from "./work.ts";

export interface ConnectOptions {
  /** The gateway's agent token (`TURNPIKE_AGENT_TOKEN`). */
  readonly token: string;
  /** Name of this bot in the gateway's log. Default `agent`. */
  readonly name?: string;
  /** Channels (`line`) or accounts (`line/shop`) whose turns it takes. Default: all. */
  readonly channels?: readonly string[];
  /** Maximum number of concurrent turns, of different conversations. Default 16. */
  readonly credit?: number;
  /**
   * Debounce of replies, in ms: they are sent when none was added for this long, or when the function returns. Default
   * 2 000.
   */
  readonly coalesceMs?: number;
  /** Called with what the function threw. Default: printed to the console, with its stack. */
  readonly onError?: (error: unknown, turn: WireTurn) => void;
  /**
   * Called when the connection's state changes. `refused`: wrong token; it is not retried. Default: a refusal is printed to
   * the console, and the process's exit code is 1.
   */
  readonly onConnection?: (state: "connected" | "disconnected" | "refused", reason: string) => void;
  /** WebSocket class, for runtimes without one or for a proxy. Default: the global one. */
  readonly WebSocket?: new (
    url: string,
  ) => AgentWebSocket;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The part of a WebSocket that is used. */
export type AgentWebSocket = Pick<WebSocket, "readyState" | "send" | "close" | "addEventListener">;

export interface AgentConnection extends AsyncDisposable {
  /** Connects, and calls the function for each turn: one turn of a conversation at a time, in order. */
  onTurn(answer: TurnFunction): AgentConnection;
  /** Disconnects. Turns in progress return to the gateway. */
  close(): Promise<void>;
}

const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 30_000;
/**
 * Interval of pings, in ms. After two intervals without a frame the connection is dead: browsers hide protocol pings.
 */
const PING_MS = 20_000;
/** `WebSocket.OPEN` (HTML standard, "WebSockets"). */
const OPEN = 1;
/** The gateway's close code for a wrong token. */
const BAD_TOKEN = 4401;

/** Client of `GET /v1/agent`. Uses web standards only: works in Node, Bun, Deno and browsers. */
export function connect(url: string | URL, options: ConnectOptions): AgentConnection {
  const client = new Client(String(url), options);
  const connection: AgentConnection = {
    onTurn(answer) {
      client.start(answer);
      return connection;
    },
    close: () => client.close(),
    [Symbol.asyncDispose]: () => client.close(),
  };
  return connection;
}

class Client {
  readonly #url: string;
  readonly #options: ConnectOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #instance: string;
  readonly #works = new Map<string, ClientWork>();
  /** Latest turn of each conversation: the next one starts after it. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #socket: AgentWebSocket | null = null;
  #isWelcome = false;
  #frameLimitBytes = Number.POSITIVE_INFINITY;
  #stopProgress = () => {};
  #running: Promise<void> | null = null;
  #answer: TurnFunction = () => undefined;

  constructor(url: string, options: ConnectOptions) {
    this.#url = url;
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
    this.#random = options.random ?? webRandom();
    this.#instance = this.#random.id("instance");
  }

  start(answer: TurnFunction): void {
    this.#answer = answer;
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#socket?.close(1000, "the agent stops");
    await this.#running;
    for (const work of this.#works.values()) work.abandon();
  }

  /** Reconnects with exponential back-off and jitter. */
  async #run(): Promise<void> {
    for (let tries = 0; !this.#closing.signal.aborted; tries += 1) {
      const { wasWelcome, code, reason } = await this.#connectOnce();
      if (this.#closing.signal.aborted) return;
      if (code === BAD_TOKEN) {
        const { onConnection = printRefusal } = this.#options;
        onConnection("refused", reason);
        return;
      }
      this.#options.onConnection?.("disconnected", reason);
      if (wasWelcome) tries = 0;
      const waitMs = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** tries);
      await pause(this.#clock, Math.round(waitMs * (0.5 + this.#random.fraction() / 2)), this.#closing.signal);
    }
  }

  #connectOnce(): Promise<{ wasWelcome: boolean; code: number; reason: string }> {
    const { promise, resolve } = Promise.withResolvers<{ wasWelcome: boolean; code: number; reason: string }>();
    const socket = new (this.#options.WebSocket ?? WebSocket)(this.#url);
    this.#socket = socket;
    let receivedAt = this.#clock.now();
    const stopPings = every(this.#clock, PING_MS, () => {
      if (this.#clock.now() - receivedAt > 2 * PING_MS) socket.close(4000, "no frame received");
      else this.#send({ type: "ping" });
    });
    socket.addEventListener("open", () => this.#sendHello(socket));
    socket.addEventListener("message", ({ data }) => {
      receivedAt = this.#clock.now();
      if (typeof data === "string") this.#onFrame(JSON.parse(data) as GatewayFrame);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      stopPings();
      this.#stopProgress();
      const wasWelcome = this.#isWelcome;
      this.#isWelcome = false;
      resolve({ wasWelcome, code, reason: reason === "" ? `closed with ${code}` : reason });
    });
    // Reported by "close", which follows.
    socket.addEventListener("error", () => undefined);
    return promise;
  }

  #sendHello(socket: AgentWebSocket): void {
    const { token, name = "agent", channels, credit = 16 } = this.#options;
    const hello: AgentFrameToSend = {
      type: "hello",
      version: 1,
      token,
      name,
      instance: this.#instance,
      credit,
      resume: [...this.#works.values()].map((work) => work.turnRef),
      ...(channels !== undefined && { channels: [...channels] }),
    };
    socket.send(JSON.stringify(hello));
  }

  /** Sends only after the welcome: until then turns may be lost. */
  #sendText(frame: string): void {
    if (this.#isWelcome && this.#socket?.readyState === OPEN) this.#socket.send(frame);
  }

  #send(frame: AgentFrameToSend): void {
    this.#sendText(JSON.stringify(frame));
  }

  #onFrame(frame: GatewayFrame): void {
    switch (frame.type) {
      case "welcome":
        this.#isWelcome = true;
        this.#frameLimitBytes = frame.frameLimitBytes;
        this.#stopProgress = every(this.#clock, frame.leaseMs / 3, () => {
          for (const work of this.#works.values()) work.progress();
        });
        this.#options.onConnection?.("connected", "");
        for (const { turnId } of frame.lost) this.#works.get(turnId)?.lose();
        for (const work of this.#works.values()) work.repeat();
        return;
      case "turn":
        void this.#work(frame.turn);
        return;
      case "cancel": {
        const work = this.#works.get(frame.turnId);
        if (work?.turn.fence === frame.fence) work.lose();
        return;
      }
      case "ack":
      case "refused": {
        const work = this.#works.get(frame.turnId);
        if (work?.turn.fence === frame.fence) work.onResponse(frame);
        return;
      }
      case "ping":
        this.#send({ type: "pong", ...(frame.id !== undefined && { id: frame.id }) });
        return;
      default:
        // A pong, a problem with an earlier frame, or a frame of a newer gateway.
        return;
    }
  }

  async #work(turn: WireTurn): Promise<void> {
    const { coalesceMs = 2_000, onError = printError } = this.#options;
    // Handed out again: a `done` in flight is fenced, and its response may never arrive.
    this.#works.get(turn.turnId)?.abandon();
    const work = new ClientWork(turn, {
      clock: this.#clock,
      answer: this.#answer,
      send: (frame) => this.#sendText(frame),
      frameLimitBytes: () => this.#frameLimitBytes,
      coalesceMs,
      onError,
    });
    this.#works.set(turn.turnId, work);
    this.#send({ type: "accept", ...work.turnRef });
    const before = this.#last.get(turn.conversation.id);
    const run = (async () => {
      await before;
      if (!work.signal.aborted) await work.run();
    })();
    // A function that ignores its signal must not block the conversation.
    const over = Promise.race([run, untilAborted(work.signal)]);
    this.#last.set(turn.conversation.id, over);
    await over;
    if (this.#works.get(turn.turnId) === work) this.#works.delete(turn.turnId);
    if (this.#last.get(turn.conversation.id) === over) this.#last.delete(turn.conversation.id);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
