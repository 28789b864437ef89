import type { Agent, AgentHost, AgentOutcome } from "./agent.ts";

/*
 * A circuit breaker: an agent that fails again and again is left alone for a while, so that its outage costs no turn
 * its attempts. Turns wait meanwhile.
 *
 *   closed ── as many failures in a row as allowed ──▶ open ── its time is over ──▶ half-open
 *     ▲                                                 ▲                              │  │
 *     │                                                 └── the one trial fails ───────┘  │
 *     └──────────────────────── the one trial is answered ────────────────────────────────┘
 */
export const BREAKER_TRANSITIONS = {
  closed: ["open"],
  open: ["half-open"],
  "half-open": ["open", "closed"],
} as const satisfies Record<string, readonly string[]>;

export type BreakerState = keyof typeof BREAKER_TRANSITIONS;

export interface BreakerOptions {
  /** Failures in a row that open it. Default 10. */
  readonly failures?: number;
  /** How long it is open at first, in ms, doubling with each trial that fails. Default 1 000 … */
  readonly openMs?: number;
  /** … up to this. Default 30 000. */
  readonly openMaxMs?: number;
}

/** What the agent said or did, as far as it tells whether it is there. `returned` tells nothing. */
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

/** The same agent, left alone while it fails. */
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
    host?.log.error({ agent: agent.name, failures, nextInMs: delayMs }, "agent left alone: it failed again and again");
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
      if (state !== "closed") host?.log.info({ agent: agent.name }, "agent answers again");
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
        // An aborted call tells about us, not about the agent.
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
