import type { Agent } from "../../../src/agents/agent.ts";
import type { Gateway, Running } from "../../../src/gateway.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Tap } from "../faults/tap.ts";

/** One process of a run. */
export interface GatewayRun {
  readonly tap: Tap;
  readonly agent: Agent;
  readonly store: Store;
  readonly gateway: Gateway;
  running: Running | null;
  isFrozen: boolean;
  /** It stood still while its end was waited for. */
  wasHeldUp: boolean;
  isLeaving: boolean;
}

export const AWAKE = { isFrozen: false, wasHeldUp: false, isLeaving: false } as const;
