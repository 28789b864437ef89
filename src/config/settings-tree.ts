import { CHANNELS } from "../channels/index.ts";
import { allSettings } from "../settings/names.ts";
import { type Children, type Group, group } from "../settings/setting.ts";
import { GATEWAY_SETTINGS } from "./gateway-settings.ts";
import { AGENT_ROUTES, AGENT_SETTINGS, AGENTS, PROGRAM_SETTINGS, REHEARSAL_AGENTS } from "./program-settings.ts";

// Under another name or unit here: `agent.timeoutMs`, `keep`.
const { agentTimeoutMs, contentMs: _, metadataMs: __, dedupKeysMs: ___, ...GATEWAY } = GATEWAY_SETTINGS;

export const GENERAL_SETTINGS = {
  ...PROGRAM_SETTINGS,
  agent: group("The default agent.", { ...AGENT_SETTINGS, timeoutMs: agentTimeoutMs }),
  agents: AGENTS,
  routes: AGENT_ROUTES,
  rehearsalAgents: REHEARSAL_AGENTS,
  ...GATEWAY,
} as const;

/** Settings of the platforms. */
const PLATFORM_SETTINGS: Readonly<Record<string, Group>> = Object.fromEntries(
  Object.entries(CHANNELS).map(([name, { tree }]) => [name, tree]),
);

/**
 * Every setting: the single source of reading, validation, `turnpike config`, `docs/settings.md` and the JSON Schema. A
 * new one is a line in `program-settings.ts`, `gateway-settings.ts` or its channel's folder.
 */
export const SETTINGS: Children = { ...GENERAL_SETTINGS, ...PLATFORM_SETTINGS };

export const ALL_SETTINGS = allSettings(SETTINGS);
