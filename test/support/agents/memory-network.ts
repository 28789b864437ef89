/**
 * The network between bots and gateways, in memory and on a clock that the test moves: what a WebSocket does, frame by
 * frame, so that it can be cut at each of them and a run repeats exactly.
 */

import type { Agent } from "../../../src/agents/agent.ts";
import type { AgentWebSocket } from "../../../src/agents/client/connect.ts";
import type { SocketEndpoint, SocketListener } from "../../../src/agents/socket.ts";
import type { Clock } from "../../../src/runtime/clock.ts";

/**
 * - `before`: the connection ends, and the frame never arrives.
 * - `after`: the frame arrives, and the connection ends with all that follows it.
 * - `half-open`: as `after`, and the gateway hears of the end only when it asks.
 */
export const DROPS = ["before", "after", "half-open"] as const;
export type Drop = (typeof DROPS)[number];

/** A gateway that bots can reach. */
export interface Reachable {
  readonly agent: Agent;
  /** Does what comes from outside: a process that stands still does it later, a dead one never. */
  hear(act: () => void): void;
}

export interface NetworkOptions {
  readonly clock: Clock;
  /** Who answers a new connection now. */
  readonly reach: () => Reachable | null;
  /** What happens at the frame of that number (from 1), both ways counted together. */
  readonly strikes: (at: number, frame: string) => Drop | null;
}

/** One way, in ms. */
const LATENCY_MS = 5;
/** A gateway asks its silent connections every 15 s, and waits as long for an answer. */
const NOTICED_AFTER_MS = 20_000;

export class MemoryNetwork {
  /** Every frame, in the order in which they were sent. */
  readonly frames: string[] = [];
  readonly #options: NetworkOptions;
  readonly #links = new Set<Link>();

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** For bots: made as a browser's is. */
  get WebSocket(): new (
    url: string,
  ) => AgentWebSocket {
    const dial = (link: Link) => {
      this.#links.add(link);
      link.onEnd = () => this.#links.delete(link);
    };
    const options = this.#options;
    const count = (frame: string) => {
      this.frames.push(frame);
      return options.strikes(this.frames.length, frame);
    };
    return class extends Link {
      constructor(url: string) {
        super(url, options, count);
        dial(this);
      }
    } as unknown as new (
      url: string,
    ) => AgentWebSocket;
  }

  /** The gateway is gone, and its sockets with it. */
  disconnect(gone: Reachable): void {
    for (const link of this.#links) if (link.other === gone) link.drop(false);
  }
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;
/** The HTML standard's code for an end without a goodbye. */
const ABNORMAL = 1006;

class Link extends EventTarget {
  readyState = CONNECTING;
  other: Reachable | null = null;
  onEnd = () => {};
  readonly #options: NetworkOptions;
  readonly #count: (frame: string) => Drop | null;
  #listener: SocketListener | null = null;
  /** Nothing gets through any more, either way. */
  #isDisconnected = false;

  constructor(url: string, options: NetworkOptions, count: (frame: string) => Drop | null) {
    super();
    this.#options = options;
    this.#count = count;
    this.#later(() => this.#arrive(new URL(url)));
  }

  send(text: string): void {
    if (this.readyState !== OPEN) return;
    this.#carry(`bot: ${kindOf(text)}`, () => this.other?.hear(() => this.#listener?.onText(text)));
  }

  close(code = 1005, reason = ""): void {
    this.#goodbye(code, reason);
  }

  /** Ends without a goodbye. `isHalf`: the gateway's side does not notice yet. */
  drop(isHalf: boolean): void {
    if (this.#isDisconnected) return;
    this.#isDisconnected = true;
    this.#later(() => this.#ended(ABNORMAL, ""));
    const noticed = () => this.other?.hear(() => this.#listener?.onClose());
    if (isHalf) this.#options.clock.after(NOTICED_AFTER_MS, noticed);
    else this.#later(noticed);
  }

  #arrive(url: URL): void {
    const gateway = this.#options.reach();
    const endpoint = gateway?.agent.endpoints?.find(({ path }) => path === url.pathname);
    const upgradeRequest = { query: url.searchParams, bearer: null };
    if (gateway === null || endpoint === undefined || !endpoint.admits(upgradeRequest) || this.#isDisconnected) {
      this.#ended(ABNORMAL, "");
      return;
    }
    this.other = gateway;
    gateway.hear(() => this.#open(endpoint, upgradeRequest));
  }

  #open(endpoint: SocketEndpoint, upgradeRequest: Parameters<SocketEndpoint["open"]>[1]): void {
    if (this.#isDisconnected) return;
    this.readyState = OPEN;
    this.#listener = endpoint.open(
      {
        send: (text) =>
          this.#carry(`gateway: ${kindOf(text)}`, () =>
            this.dispatchEvent(new MessageEvent("message", { data: text })),
          ),
        close: (code, reason) => this.#goodbye(code, reason),
        waitingBytes: 0,
      },
      upgradeRequest,
    );
    this.dispatchEvent(new Event("open"));
  }

  #carry(frame: string, deliver: () => void): void {
    if (this.#isDisconnected) return;
    const drop = this.#count(frame);
    if (drop === "before") {
      this.drop(false);
      return;
    }
    this.#later(() => {
      // What was on its way before the cut is lost with it.
      if (this.#isDisconnected) return;
      deliver();
      if (drop !== null) this.drop(drop === "half-open");
    });
  }

  #goodbye(code: number, reason: string): void {
    if (this.#isDisconnected) return;
    this.#later(() => {
      if (this.#isDisconnected) return;
      this.#isDisconnected = true;
      this.other?.hear(() => this.#listener?.onClose());
      this.#ended(code, reason);
    });
  }

  #ended(code: number, reason: string): void {
    if (this.readyState === CLOSED) return;
    this.#isDisconnected = true;
    this.readyState = CLOSED;
    this.onEnd();
    this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean: code !== ABNORMAL }));
  }

  #later(act: () => void): void {
    this.#options.clock.after(LATENCY_MS, act);
  }
}

/** What a frame is, in any dialect. */
function kindOf(text: string): string {
  const { type, schema, command } = JSON.parse(text) as { type?: string; schema?: string; command?: string };
  return command ?? type ?? schema ?? "frame";
}
