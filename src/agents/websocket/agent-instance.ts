import type { ClaimedTurn } from "../../core/turn.ts";
import type { AgentHost, AgentOutcome } from "../agent.ts";
import { toWireTurn } from "../protocol.ts";
import type { AgentSocket } from "../socket.ts";
import type { GatewayFrame, Held, Hello } from "./frames.ts";

/*
 * An agent instance: one running bot program, over one connection after another.
 *
 *   (upgrade) ──▶ greeting ── hello ──▶ open ── the socket drops ──▶ away ── no turn left, or the lease ends ──▶ gone
 *                    │                  ▲  │                          │
 *                    │                  │  └── replaced ──────────────│── the same instance says hello ──┐
 *                    │                  └─────────────────────────────┴────────────────────────────────┘
 *                    └── no good hello in time ──▶ gone
 *
 * `greeting` is a connection that has no instance yet. Only `open` is given turns. In `away` its accepted turns wait for
 * it, each until the agent has been silent about it for a lease.
 */
export const INSTANCE_TRANSITIONS = {
  greeting: ["open", "gone"],
  open: ["open", "away"],
  away: ["open", "gone"],
  gone: [],
} as const satisfies Record<string, readonly string[]>;

export type InstanceState = keyof typeof INSTANCE_TRANSITIONS;

/** A turn that the agent has. */
export interface Work {
  readonly turn: ClaimedTurn;
  accepted: boolean;
  /** Its last answer is on the way to the store: what ends now needs no `cancel`. */
  ending: boolean;
  /** Frames about one turn are dealt with in their order. */
  last: Promise<void>;
  end(outcome: AgentOutcome): void;
  /** Activity: the time of silence begins anew. */
  touch(): void;
}

/** More than that unread by the agent (bytes), and it is given no further turn. */
const UNREAD_MAX_BYTES = 1024 * 1024;

export class AgentInstance {
  readonly id: string;
  readonly works = new Map<string, Work>();
  socket: AgentSocket | null = null;
  /** Order of being given a turn, so that the one that waited longest is next among equals. */
  givenAt = 0;
  readonly #host: AgentHost;
  #hello: Hello;

  constructor(id: string, hello: Hello, host: AgentHost) {
    this.id = id;
    this.#hello = hello;
    this.#host = host;
  }

  get name(): string {
    return this.#hello.name;
  }

  get state(): InstanceState {
    if (this.socket !== null) return "open";
    return this.works.size > 0 ? "away" : "gone";
  }

  /** How many more turns it takes now. */
  get room(): number {
    if (this.socket === null || this.socket.waitingBytes > UNREAD_MAX_BYTES) return 0;
    return Math.max(0, this.#hello.credit - this.works.size);
  }

  /** The same life on a new connection. A turn that the agent doesn't name any more is lost to it. */
  open(socket: AgentSocket, hello: Hello): { resumed: Held[]; lost: Held[] } {
    this.socket = socket;
    this.#hello = hello;
    const resumed = hello.resume.filter((held) => this.held(held) !== null);
    const lost = hello.resume.filter((held) => this.held(held) === null);
    for (const work of [...this.works.values()]) {
      if (resumed.some(({ turnId }) => turnId === work.turn.turnId)) work.touch();
      else work.end({ kind: "returned", reason: "the agent came back without the turn", afterMs: 0 });
    }
    return { resumed, lost };
  }

  /** Its socket has dropped. What it had not accepted goes to whoever is there. */
  drop(): void {
    this.socket = null;
    for (const work of [...this.works.values()]) {
      if (!work.accepted) work.end({ kind: "returned", reason: "the agent's connection ended", afterMs: 0 });
    }
  }

  wants(account: string): boolean {
    const { channels } = this.#hello;
    const channel = account.split("/", 1)[0] ?? account;
    return channels === undefined || channels.includes(account) || channels.includes(channel);
  }

  send(frame: GatewayFrame): void {
    this.socket?.send(JSON.stringify(frame));
  }

  /** The turn that the agent means, if it still has it under that fence. */
  held({ turnId, fence }: Held): Work | null {
    const work = this.works.get(turnId);
    return work?.turn.fence === fence ? work : null;
  }

  /** Gives it the turn; resolves when the agent, its silence or `signal` ends it. */
  give(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome> {
    const { promise, resolve } = Promise.withResolvers<AgentOutcome>();
    const { clock, leaseMs } = this.#host;
    const cancel = (reason: string) => this.send({ type: "cancel", turnId: turn.turnId, fence: turn.fence, reason });
    const silent = () => {
      const reason = `the agent was silent for ${leaseMs} ms`;
      cancel(reason);
      work.end({ kind: "failed", reason, retryAfterMs: 0 });
    };
    const abort = () => {
      if (!work.ending) cancel("the turn is no longer yours");
      work.end({ kind: "returned", reason: "the turn is no longer the agent's", afterMs: 0 });
    };
    let cancelTimer = clock.after(leaseMs, silent);
    const work: Work = {
      turn,
      accepted: false,
      ending: false,
      last: Promise.resolve(),
      touch: () => {
        cancelTimer();
        cancelTimer = clock.after(leaseMs, silent);
      },
      end: (outcome) => {
        cancelTimer();
        signal.removeEventListener("abort", abort);
        if (this.works.get(turn.turnId) === work) this.works.delete(turn.turnId);
        resolve(outcome);
        this.#host.wake();
      },
    };
    this.works.set(turn.turnId, work);
    signal.addEventListener("abort", abort, { once: true });
    this.send({ type: "turn", turn: toWireTurn(turn) });
    if (signal.aborted) abort();
    return promise;
  }
}
