/** As `negative-controls.ts`, for G12: what keeps a fault where it is. */
import type { Agent, AgentOutcome } from "../../../src/agents/agent.ts";
import type { SendOutcome } from "../../../src/core/delivery.ts";
import { inStore, type NegativeControl, withoutTokens } from "./negative-controls.ts";
import type { SafeguardOverrides } from "./safeguard-overrides.ts";

const LATE = /^G12: .* was answered after /;

/** So many at once, whoever they are for; who comes later waits for one of them to end. */
function pool(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = places;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/** Every failure counts, of whichever turn; and then nobody is answered for a while. */
function openedByEachFailure(agent: Agent): Agent {
  let failures = 0;
  let isOpen = false;
  const invoke: Agent["invoke"] = async (turn, signal) => {
    if (isOpen) return { kind: "returned", reason: "the breaker is open", afterMs: 4_000 } satisfies AgentOutcome;
    const outcome = await agent.invoke(turn, signal);
    failures = outcome.kind === "failed" ? failures + 1 : 0;
    isOpen ||= failures >= 3;
    return outcome;
  };
  const { parts: _, ...whole } = agent;
  return { ...whole, invoke };
}

function onOutcome(change: (outcome: SendOutcome) => SendOutcome): SafeguardOverrides {
  return inStore((store) => ({
    settleAttempt: (settle) =>
      store.settleAttempt({ ...settle, report: { ...settle.report, outcome: change(settle.report.outcome) } }),
  }));
}

export const NEGATIVE_CONTROLS_OF_ISOLATION: readonly NegativeControl[] = [
  {
    without: "places for each agent (G12)",
    overrides: () => ({ agent: ({ parts: _, ...agent }) => agent }),
    verdict: LATE,
    from: 97,
  },
  {
    without: "places for each account's calls (G12)",
    overrides: () => {
      const call = pool(1);
      return {
        platformClient: (platformClient) => ({
          ...platformClient,
          post: (...given) => call(() => platformClient.post(...given)),
        }),
      };
    },
    verdict: LATE,
    from: 211,
  },
  {
    without: "a breaker that counts conversations (G12)",
    overrides: () => ({ agent: openedByEachFailure }),
    verdict: LATE,
    from: 50,
  },
  {
    without: "the difference between a person and the account (G12)",
    overrides: () =>
      onOutcome((outcome) =>
        outcome.kind === "window-closed" ? { kind: "account-stopped", reason: outcome.reason } : outcome,
      ),
    verdict: /^G12: .* got no answer|^G12: .* was answered after /,
    channel: "messenger",
    from: 410,
  },
  {
    without: "the limits that are about one chat (G12)",
    overrides: () =>
      onOutcome((outcome) =>
        outcome.kind === "retry" ? { kind: "rate-limited", reason: outcome.reason, retryAfterMs: 10_000 } : outcome,
      ),
    verdict: /^G12: /,
    from: 156,
  },
  {
    without: "the free route beside a fault (G12)",
    overrides: withoutTokens,
    verdict: /^G12: .* on the paid route/,
  },
  {
    without: "the wall clock where a window ends (G12)",
    overrides: () => ({ clock: ({ wall: _, ...clock }) => ({ ...clock, wall: clock.now }) }),
    verdict: /^G12: .* got no answer|^G12: .* was answered after /,
    channel: "messenger",
  },
];
