/** How long things take in a seed, and how its gateways are set. */
import type { GatewaySettings } from "../../../src/config/gateway-settings.ts";
import { AGENT_TIMEOUT_MS } from "./handed.ts";

export const DAY_MS = 86_400_000;

/** Short times, in the proportions of the real ones: a run is some minutes long and meets every end. */
export const TIMES = {
  tokenTtlMs: 8_000,
  tokenLifeMs: 18_000,
  sendTimeoutMs: 2_000,
  leaseMs: 4_000,
  maxWaitMs: 2_000,
  metadataMs: 2 * DAY_MS,
  dedupKeysMs: 8 * DAY_MS,
} as const;

export const POLL_MS = 8_000;
/** How often a sweep comes at most, as shipped (ms). */
export const SWEEP_MS = 1_000;

export const SETTINGS: GatewaySettings = {
  batch: { quietMs: 500, maxWaitMs: TIMES.maxWaitMs },
  leaseMs: TIMES.leaseMs,
  agentTimeoutMs: AGENT_TIMEOUT_MS,
  deliveryRetry: { capMs: 4_000 },
  unknownWaitMs: 6_000,
  turnRetry: { capMs: 4_000 },
  pollMs: POLL_MS,
  metadataMs: TIMES.metadataMs,
  dedupKeysMs: TIMES.dedupKeysMs,
};

export const AGENT_TOKEN = "agent-token";
