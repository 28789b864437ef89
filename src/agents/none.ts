import type { Agent } from "./agent.ts";

/** Without a configured agent webhooks are stored and acked, and turns wait. */
export function noAgent(): Agent {
  return {
    name: "none",
    transports: ["none"],
    isReachable: () => false,
    invoke: async () => ({ kind: "failed", reason: "no agent is configured", retryAfterMs: 0 }),
    close: async () => {},
  };
}
