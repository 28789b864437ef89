import type { Agent, AgentHost, AgentOutcome } from "./agent.ts";

/*
 * Circuit breaker: an agent that fails repeatedly gets no turns for a while, so that its outage uses up no turn's
 * attempts. Turns wait meanwhile.
 *
 *   closed ── as many failures in a row as allowed ──▶ open ── its time is over ──▶ half-open
 *     ▲                                                 ▲                              │  │
 *     │                                                 └── the one trial fails ───────┘  │
 *     └──────────────────────── the one trial is answered ────────────────────────────────┘
 */
type BreakerState = "closed" | "open" | "half-open";

export interface BreakerOptions {
  /** Consecutive failures that open it. Default 10. */
  readonly failures?: number;
  /** Time in `open`, in ms; doubles with each failed trial. Default 1 000. */
  readonly openMs?: number;
  /** Upper bound of the time in `open`, in ms. Default 30 000. */
  readonly openMaxMs?: number;
}

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

export function withBreaker(agent: Agent, options: BreakerOptions = {}): Agent {
  const { failures: allowed = 10, openMs = 1_000, openMaxMs = 30_000 } = options;
  let state: BreakerState = "closed";
  let host: AgentHost | null = null;
  let failures = 0;
  let trips = 0;
  let trials = 0;
  let cancelTimer = () => {};

  function open(): void {
    state = "open";
    const delayMs = Math.min(openMaxMs, openMs * 2 ** trips);
    trips += 1;
    host?.log.error(
      { agent: agent.name, failures, nextInMs: delayMs },
      "circuit breaker opened: the agent failed repeatedly",
    );
    const halfOpen = () => {
      state = "half-open";
      host?.wake();
    };
    cancelTimer = host?.clock.after(delayMs, halfOpen) ?? (() => {});
  }

  function record(outcome: AgentOutcome): void {
    const healthy = isHealthy(outcome);
    if (healthy === null) return;
    if (healthy) {
      if (state !== "closed") host?.log.info({ agent: agent.name }, "circuit breaker closed: the agent answers again");
      cancelTimer();
      [state, failures, trips] = ["closed", 0, 0];
      host?.wake();
      return;
    }
    failures += 1;
    if (state === "half-open" || (state === "closed" && failures >= allowed)) open();
  }

  return {
    name: agent.name,
    ...(agent.endpoints !== undefined && { endpoints: agent.endpoints }),
    attach(given) {
      host = given;
      agent.attach?.(given);
    },
    isReachable: (account) => state !== "open" && agent.isReachable(account),
    room() {
      const room = agent.room?.() ?? Number.POSITIVE_INFINITY;
      return state === "half-open" ? Math.min(room, Math.max(0, 1 - trials)) : room;
    },
    async invoke(turn, signal) {
      const isTrial = state === "half-open";
      if (isTrial) trials += 1;
      try {
        const outcome = await agent.invoke(turn, signal);
        // We aborted the call: no evidence about the agent.
        if (!signal.aborted) record(outcome);
        return outcome;
      } finally {
        if (isTrial) trials -= 1;
        if (isTrial) host?.wake();
      }
    },
    ...(agent.secrets !== undefined && { secrets: agent.secrets }),
    close: () => agent.close(),
  };
}
