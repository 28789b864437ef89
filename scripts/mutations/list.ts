import { AGENT_MUTATIONS } from "./agents.ts";
import type { Mutation } from "./mutation.ts";
import { PIPELINE_MUTATIONS } from "./pipeline.ts";
import { SENDING_MUTATIONS } from "./sending.ts";
import { STORE_MUTATIONS } from "./store.ts";

/** Everything that is taken away, one at a time. */
export const MUTATIONS: readonly Mutation[] = [
  ...STORE_MUTATIONS,
  ...SENDING_MUTATIONS,
  ...PIPELINE_MUTATIONS,
  ...AGENT_MUTATIONS,
];
