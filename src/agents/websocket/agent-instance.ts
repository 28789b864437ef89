import type { AccountKey } from "../../core/conversation.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { type AgentHost, type AgentOutcome, type ConnectedAgent, connectionEnded } from "../agent.ts";
import { toWireTurn } from "../protocol.ts";
import type { AgentSocket } from "../socket.ts";
import type { GatewayFrame, Hello, TurnRef } from "./frames.ts";

/*
 * An agent instance: one running bot program, over one connection after another.
 *
 *   (upgrade) ──▶ greeting ── hello ──▶ open ── the socket drops ──▶ away ── no turn left, or the lease ends ──▶ gone
 *                    │                  ▲  │                          │
 *                    │                  │  └── replaced ──────────────│── the same instance says hello ──┐
 *                    │                  └─────────────────────────────┴────────────────────────────────┘
 *                    └── no good hello in time ──▶ gone
 *
 * `greeting` is a connection without an instance. Only `open` gets turns. In `away` its accepted turns wait for it, each
 * until its lease expires.
 */
type InstanceState = "open" | "away" | "gone";

export interface InstanceTurnWork {
  readonly turn: ClaimedTurn;
  accepted: boolean;
  /** Its `done` is being stored: an abort needs no `cancel` frame. */
  ending: boolean;
  /** Tail of the queue of this turn's frames, which are processed in order. */
  last: Promise<void>;
  end(outcome: AgentOutcome): void;
  /** Renews the lease. */
  touch(): void;
}

/** Backpressure: above this number of unsent bytes it gets no further turn. */
const UNREAD_MAX_BYTES = 1024 * 1024;

export class AgentInstance {
  readonly id: string;
  readonly works = new Map<string, InstanceTurnWork>();
  socket: AgentSocket | null = null;
  /** Sequence number of its last turn: among equals the least recently used is next. */
  lastGiven = 0;
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

  /** Free capacity, in turns. */
  get freePlaces(): number {
    if (this.socket === null || this.socket.waitingBytes > UNREAD_MAX_BYTES) return 0;
    return Math.max(0, this.#hello.credit - this.works.size);
  }

  describe(): ConnectedAgent {
    const { name, id, freePlaces, works } = this;
    return { transport: "websocket", name, instance: id, freePlaces, turns: works.size };
  }

  /** Reconnects the instance. Turns that the agent doesn't resume are returned. */
  open(socket: AgentSocket, hello: Hello): { resumed: TurnRef[]; lost: TurnRef[] } {
    this.socket = socket;
    this.#hello = hello;
    const resumed = hello.resume.filter((turn) => this.workOf(turn) !== null);
    const lost = hello.resume.filter((turn) => this.workOf(turn) === null);
    for (const work of [...this.works.values()]) {
      if (resumed.some(({ turnId }) => turnId === work.turn.turnId)) work.touch();
      else work.end(connectionEnded(work.turn, "the agent reconnected without the turn"));
    }
    return { resumed, lost };
  }

  /** Its connection ended. Turns that it had not accepted are returned. */
  drop(): void {
    this.socket = null;
    for (const work of [...this.works.values()]) {
      if (!work.accepted) work.end(connectionEnded(work.turn, "the agent's connection ended"));
    }
  }

  wants(accountKey: AccountKey): boolean {
    const { channels } = this.#hello;
    const channel = accountKey.split("/", 1)[0] ?? accountKey;
    return channels === undefined || channels.includes(accountKey) || channels.includes(channel);
  }

  send(frame: GatewayFrame): void {
    this.socket?.send(JSON.stringify(frame));
  }

  /** The agent's turn with that fence; `null`: it has lost it. */
  workOf({ turnId, fence }: TurnRef): InstanceTurnWork | null {
    const work = this.works.get(turnId);
    return work?.turn.fence === fence ? work : null;
  }

  /** Gives it the turn; resolves when the agent answers, its lease expires or `signal` is aborted. */
  give(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome> {
    const { promise, resolve } = Promise.withResolvers<AgentOutcome>();
    const { clock, leaseMs } = this.#host;
    const cancel = (reason: string) => this.send({ type: "cancel", turnId: turn.turnId, fence: turn.fence, reason });
    const silent = () => {
      const reason = `the agent showed no activity for ${leaseMs} ms`;
      cancel(reason);
      work.end({ kind: "failed", reason, retryAfterMs: 0 });
    };
    const abort = () => {
      if (!work.ending) cancel("the turn is no longer yours");
      work.end({ kind: "returned", reason: "the turn is no longer the agent's", afterMs: 0 });
    };
    let cancelTimer = clock.after(leaseMs, silent);
    const work: InstanceTurnWork = {
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
