import type { Agent } from "./agent.ts";

/** No agent is configured: webhooks are stored and acked, and turns wait until there is one. Nothing is dropped. */
export function noAgent(): Agent {
  return {
    name: "none",
    isReachable: () => false,
    invoke: async () => ({ kind: "failed", reason: "no agent is configured", retryAfterMs: 0 }),
    close: async () => {},
  };
}
