import type { ClaimedTurn } from "../core/turn.ts";
import type { Agent, AgentHost, AgentOutcome, BreakerState } from "./agent.ts";

/*
 * Circuit breaker: an agent that is down gets no turns for a while, so that its outage uses up no turn's attempts. Turns
 * wait meanwhile.
 *
 *   closed ── first attempts of so many conversations fail, and none is answered ──▶ open ── its time is over ──▶ half-open
 *     ▲                                                                               ▲                             │  │
 *     │                                                                               └── the trials all fail ───────┘  │
 *     └──────────────────────────────────── a trial is answered ─────────────────────────────────────────────────────┘
 *
 * One turn that the agent can't answer says nothing about the others: its retries don't count, and it is no trial while
 * there is a turn that hasn't failed. In half-open those are tried at once, a few together; a turn that has failed before is
 * tried when the time in `open` has passed once more.
 */
export interface BreakerOptions {
  /** Conversations whose first attempt fails in a row, that open it. Default 10. */
  readonly failures?: number;
  /** Time in `open`, in ms; doubles with each failed trial. Default 1 000. */
  readonly openMs?: number;
  /** Upper bound of the time in `open`, in ms. Default 30 000. */
  readonly openMaxMs?: number;
}

/** Turns that are tried at once in half-open: one that no agent could answer must not decide alone. */
const TRIALS = 3;

/** Whether an outcome shows a working agent; `null`: `returned` shows neither. */
function isHealthy(outcome: AgentOutcome): boolean | null {
  switch (outcome.kind) {
    case "answered":
    case "accepted":
    case "rejected":
      return true;
    case "failed":
      return false;
    case "returned":
      return null;
    default:
      return outcome satisfies never;
  }
}

/** Whether the turn has not failed before. */
const isFirst = ({ failures, attempt }: ClaimedTurn) => (failures ?? attempt - 1) === 0;

export function withBreaker(agent: Agent, options: BreakerOptions = {}): Agent {
  const breaker = new Breaker(agent.name, options);
  const freePlacesOf = () => agent.freePlaces?.() ?? Number.POSITIVE_INFINITY;
  return {
    name: agent.name,
    ...(agent.endpoints !== undefined && { endpoints: agent.endpoints }),
    ...(agent.transports !== undefined && { transports: agent.transports }),
    ...(agent.instances !== undefined && { instances: agent.instances }),
    attach(host) {
      breaker.host = host;
      agent.attach?.(host);
    },
    isReachable: (accountKey) => breaker.state !== "open" && agent.isReachable(accountKey),
    freePlaces: () => Math.min(freePlacesOf(), breaker.freePlaces),
    freePlacesForFailed: () => Math.min(freePlacesOf(), breaker.freePlacesForFailed),
    async invoke(turn, signal) {
      const endTrial = breaker.begin(turn);
      try {
        const outcome = await agent.invoke(turn, signal);
        // We aborted the call: no evidence about the agent.
        if (!signal.aborted) breaker.record(turn, outcome);
        return outcome;
      } finally {
        endTrial();
      }
    },
    breakers: () => [{ agent: agent.name, state: breaker.state }],
    ...(agent.secrets !== undefined && { secrets: agent.secrets }),
    close: () => agent.close(),
  };
}

class Breaker {
  host: AgentHost | null = null;
  state: BreakerState = "closed";
  readonly #name: string;
  readonly #options: Required<BreakerOptions>;
  /** Conversations whose first attempt has failed since an answer. */
  readonly #failed = new Set<string>();
  /** How often it has opened since an answer, and how often a turn that had failed before was tried since it opened. */
  #trips = 0;
  #retrials = 0;
  /** In flight, and failed since it is half-open. */
  #trials = 0;
  #failedTrials = 0;
  #mayTryFailed = true;
  #cancelTimer = () => {};

  constructor(name: string, { failures = 10, openMs = 1_000, openMaxMs = 30_000 }: BreakerOptions) {
    this.#name = name;
    this.#options = { failures, openMs, openMaxMs };
  }

  get freePlaces(): number {
    return this.state === "half-open" ? Math.max(0, TRIALS - this.#trials) : Number.POSITIVE_INFINITY;
  }

  get freePlacesForFailed(): number {
    return this.state === "half-open" ? Number(this.#mayTryFailed) : Number.POSITIVE_INFINITY;
  }

  /** Returns what to do when the call has ended. */
  begin(turn: ClaimedTurn): () => void {
    if (this.state !== "half-open") return () => {};
    this.#trials += 1;
    const isRetrial = !isFirst(turn);
    if (isRetrial) this.#mayTryFailed = false;
    const retrials = this.#retrials;
    return () => {
      this.#trials -= 1;
      // It ended without evidence: the next one is tried all the same.
      if (isRetrial && this.state === "half-open" && this.#retrials === retrials) this.#mayTryFailed = true;
      this.host?.wake();
    };
  }

  record(turn: ClaimedTurn, outcome: AgentOutcome): void {
    const healthy = isHealthy(outcome);
    if (healthy === null) return;
    if (healthy) this.#close();
    else this.#recordFailure(turn);
  }

  #recordFailure(turn: ClaimedTurn): void {
    if (isFirst(turn)) this.#failed.add(turn.conversation.conversationId);
    if (this.state === "closed" && this.#failed.size >= this.#options.failures) this.#open();
    else if (this.state === "half-open" && isFirst(turn)) {
      this.#failedTrials += 1;
      // While others are in flight they may still be answered.
      if (this.#trials <= 1 || this.#failedTrials >= TRIALS) this.#open();
    } else if (this.state === "half-open") {
      this.#retrials += 1;
      this.#halfOpenAfter(this.#trips + this.#retrials - 1);
    }
  }

  #close(): void {
    const { state, host } = this;
    if (state !== "closed") host?.log.info({ agent: this.#name }, "circuit breaker closed: the agent answers again");
    this.#cancelTimer();
    this.state = "closed";
    this.#trips = 0;
    this.#failed.clear();
    host?.wake();
  }

  #open(): void {
    this.state = "open";
    this.#failedTrials = 0;
    this.#retrials = 0;
    const nextInMs = this.#halfOpenAfter(this.#trips);
    this.#trips += 1;
    this.host?.log.error(
      { agent: this.#name, failures: this.#failed.size, nextInMs },
      "circuit breaker opened: the agent failed repeatedly",
    );
  }

  #halfOpenAfter(doublings: number): number {
    this.#cancelTimer();
    const { openMs, openMaxMs } = this.#options;
    const delayMs = Math.min(openMaxMs, openMs * 2 ** doublings);
    const halfOpen = () => {
      this.state = "half-open";
      this.#mayTryFailed = true;
      this.host?.wake();
    };
    this.#cancelTimer = this.host?.clock.after(delayMs, halfOpen) ?? (() => {});
    return delayMs;
  }
}
