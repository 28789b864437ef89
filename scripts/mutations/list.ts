import { AGENT_MUTATIONS } from "./agents.ts";
import { COST_POLICY_MUTATIONS } from "./cost-policy.ts";
import { LIMIT_MUTATIONS } from "./limits.ts";
import { LINE_MUTATIONS } from "./line.ts";
import { MACHINE_MUTATIONS } from "./machines.ts";
import type { Mutation } from "./mutation.ts";
import { OPERATOR_MUTATIONS } from "./operator.ts";
import { OWNER_MUTATIONS } from "./owners.ts";
import { PIPELINE_MUTATIONS } from "./pipeline.ts";
import { RECEIPT_MUTATIONS } from "./receipts.ts";
import { REDACTION_MUTATIONS, WATCHING_MUTATIONS } from "./redaction.ts";
import { SENDING_MUTATIONS } from "./sending.ts";
import { SETTINGS_MUTATIONS } from "./settings.ts";
import { STORE_MUTATIONS } from "./store.ts";
import { WHATSAPP_MUTATIONS } from "./whatsapp.ts";

/** Everything that is taken away, one at a time. */
export const MUTATIONS: readonly Mutation[] = [
  ...STORE_MUTATIONS,
  ...SENDING_MUTATIONS,
  ...RECEIPT_MUTATIONS,
  ...COST_POLICY_MUTATIONS,
  ...PIPELINE_MUTATIONS,
  ...OWNER_MUTATIONS,
  ...MACHINE_MUTATIONS,
  ...LINE_MUTATIONS,
  ...AGENT_MUTATIONS,
  ...LIMIT_MUTATIONS,
  ...WHATSAPP_MUTATIONS,
  ...SETTINGS_MUTATIONS,
  ...OPERATOR_MUTATIONS,
  ...REDACTION_MUTATIONS,
  ...WATCHING_MUTATIONS,
];
