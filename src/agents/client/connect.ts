import { type Clock, pause, systemClock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { webRandom } from "../../runtime/web-random.ts";
import type { WireTurn } from "../protocol.ts";
import type { AgentFrameToSend, GatewayFrame } from "../websocket/frames.ts";
import type { TurnFunction } from "./turn.ts";
import { ClientWork } from "./work.ts";

export interface ConnectOptions {
  /** The gateway's `TURNPIKE_AGENT_TOKEN`. */
  readonly token: string;
  /** This bot's name in the gateway's log. Default `agent`. */
  readonly name?: string;
  /** Channels (`line`) or accounts (`line/shop`) that it wants. Default: all. */
  readonly channels?: readonly string[];
  /** Turns that it takes at once, of different conversations. Default 16. */
  readonly credit?: number;
  /** What was said goes out when nothing more was said for this long, in ms, or at the function's end. Default 2 000. */
  readonly coalesceMs?: number;
  /** What the function threw, for your log. Default: nobody is told, and the turn comes again. */
  readonly onError?: (error: unknown, turn: WireTurn) => void;
  /** What is the matter with the connection, for your log. */
  readonly onConnection?: (state: "connected" | "disconnected" | "refused", reason: string) => void;
  /** What to connect with, where there is no `WebSocket` or it needs a proxy. Default: the platform's own. */
  readonly WebSocket?: new (
    url: string,
  ) => AgentWebSocket;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The part of a WebSocket that is used. */
export type AgentWebSocket = Pick<WebSocket, "readyState" | "send" | "close" | "addEventListener">;

export interface AgentConnection extends AsyncDisposable {
  /** Connects, and calls the function for each turn. One turn of a conversation at a time, in order. */
  onTurn(answer: TurnFunction): AgentConnection;
  /** Takes no more turns and ends. Turns at work go back to the gateway. */
  close(): Promise<void>;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A connection on which nothing was heard for two of these is taken for dead (ms): a browser can't see the gateway's pings. */
const PING_MS = 20_000;
/** The state in which a WebSocket takes frames: the HTML standard, "WebSockets". */
const OPEN = 1;
/** The gateway's word for a token that it doesn't know. */
const BAD_TOKEN = 4401;

/** A bot's end of `GET /v1/agent`. By web standards alone: the same in Node, Bun, Deno and a browser. */
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
  /** The last work of each conversation: the next one starts after it. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #socket: AgentWebSocket | null = null;
  #isWelcome = false;
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
    this.#socket?.close(1000, "the agent ends");
    await this.#running;
    for (const work of this.#works.values()) work.giveUp();
  }

  /** One connection after another, with growing waits in between and some chance, so that not all bots come back at once. */
  async #run(): Promise<void> {
    for (let tries = 0; !this.#closing.signal.aborted; tries += 1) {
      const { wasWelcome, code, reason } = await this.#connectOnce();
      if (this.#closing.signal.aborted) return;
      if (code === BAD_TOKEN) {
        this.#options.onConnection?.("refused", reason);
        return;
      }
      this.#options.onConnection?.("disconnected", reason);
      if (wasWelcome) tries = 0;
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
      await pause(this.#clock, Math.round(waitMs * (0.5 + this.#random.fraction() / 2)), this.#closing.signal);
    }
  }

  #connectOnce(): Promise<{ wasWelcome: boolean; code: number; reason: string }> {
    const { promise, resolve } = Promise.withResolvers<{ wasWelcome: boolean; code: number; reason: string }>();
    const socket = new (this.#options.WebSocket ?? WebSocket)(this.#url);
    this.#socket = socket;
    let heardAt = this.#clock.now();
    const stopPings = every(this.#clock, PING_MS, () => {
      if (this.#clock.now() - heardAt > 2 * PING_MS) socket.close(4000, "nothing was heard");
      else this.#send({ type: "ping" });
    });
    socket.addEventListener("open", () => this.#greet(socket));
    socket.addEventListener("message", ({ data }) => {
      heardAt = this.#clock.now();
      if (typeof data === "string") this.#hear(JSON.parse(data) as GatewayFrame);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      stopPings();
      this.#stopProgress();
      const wasWelcome = this.#isWelcome;
      this.#isWelcome = false;
      resolve({ wasWelcome, code, reason: reason === "" ? `closed with ${code}` : reason });
    });
    // What went wrong is told by "close", which follows.
    socket.addEventListener("error", () => undefined);
    return promise;
  }

  #greet(socket: AgentWebSocket): void {
    const { token, name = "agent", channels, credit = 16 } = this.#options;
    const hello: AgentFrameToSend = {
      type: "hello",
      version: 1,
      token,
      name,
      instance: this.#instance,
      credit,
      resume: [...this.#works.values()].map((work) => work.held),
      ...(channels !== undefined && { channels: [...channels] }),
    };
    socket.send(JSON.stringify(hello));
  }

  /** Nothing but the hello goes out before the welcome: until then the turns may not be ours. */
  #send(frame: AgentFrameToSend): void {
    if (this.#isWelcome && this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #hear(frame: GatewayFrame): void {
    switch (frame.type) {
      case "welcome":
        this.#isWelcome = true;
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
        if (work?.turn.fence === frame.fence) work.hear(frame);
        return;
      }
      case "ping":
        this.#send({ type: "pong", ...(frame.id !== undefined && { id: frame.id }) });
        return;
      default:
        // A pong, a problem of an older frame of ours, or a frame of a newer gateway.
        return;
    }
  }

  async #work(turn: WireTurn): Promise<void> {
    const { coalesceMs = 2_000, onError = () => {} } = this.#options;
    // Handed out again, it was not answered before: an end that is on its way comes too late, and its word may never come.
    this.#works.get(turn.turnId)?.giveUp();
    const work = new ClientWork(turn, {
      clock: this.#clock,
      answer: this.#answer,
      send: (frame) => this.#send(frame),
      coalesceMs,
      onError,
    });
    this.#works.set(turn.turnId, work);
    this.#send({ type: "accept", ...work.held });
    const before = this.#last.get(turn.conversation.id);
    const run = (async () => {
      await before;
      if (!work.signal.aborted) await work.run();
    })();
    // A function that doesn't heed its signal must not hold up the conversation.
    const over = Promise.race([run, untilAborted(work.signal)]);
    this.#last.set(turn.conversation.id, over);
    await over;
    if (this.#works.get(turn.turnId) === work) this.#works.delete(turn.turnId);
    if (this.#last.get(turn.conversation.id) === over) this.#last.delete(turn.conversation.id);
  }
}

function every(clock: Clock, ms: number, act: () => void): () => void {
  let cancel = () => {};
  const again = () => {
    cancel = clock.after(ms, () => {
      act();
      again();
    });
  };
  again();
  return () => cancel();
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
