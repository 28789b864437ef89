import type { Agent } from "../../../src/agents/agent.ts";
import type { PostClient } from "../../../src/channels/platform-client.ts";
import type { Running } from "../../../src/gateway.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import type { Store } from "../../../src/store/store.ts";

/** A seam with a mechanism taken out, to see that the oracle notices. */
export interface SafeguardOverrides {
  readonly store?: (store: Store) => Store;
  readonly agent?: (agent: Agent) => Agent;
  readonly platformClient?: (platformClient: PostClient) => PostClient;
  readonly running?: (running: Running) => Running;
  readonly clock?: (clock: Clock) => Clock;
}
