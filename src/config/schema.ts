import { CHANNELS } from "../channels/index.ts";
import { allSettings } from "../settings/names.ts";
import { type Children, type Group, group } from "../settings/setting.ts";
import { GATEWAY_SETTINGS } from "./gateway-settings.ts";
import { AGENT_SETTINGS, AGENTS, PROGRAM_SETTINGS, ROUTES } from "./program.ts";

// These have another name or unit here: `agent.timeoutMs`, `keep`.
const { agentTimeoutMs, bodiesMs: _, historyMs: __, dedupMs: ___, ...GATEWAY } = GATEWAY_SETTINGS;

/** Ours. */
export const OWN_SETTINGS = {
  ...PROGRAM_SETTINGS,
  agent: group("The bot.", { ...AGENT_SETTINGS, timeoutMs: agentTimeoutMs }),
  agents: AGENTS,
  routes: ROUTES,
  ...GATEWAY,
} as const;

/** The platforms'. */
const PLATFORM_SETTINGS: Readonly<Record<string, Group>> = Object.fromEntries(
  Object.entries(CHANNELS).map(([name, { tree }]) => [name, tree]),
);

/**
 * Every setting there is: what is read, what is refused, `turnpike config`, the table of `docs/settings.md` and the JSON
 * Schema all come from here. A new one is a line in `program.ts`, in `gateway-settings.ts` or in its channel's folder.
 */
export const SETTINGS: Children = { ...OWN_SETTINGS, ...PLATFORM_SETTINGS };

export const ALL_SETTINGS = allSettings(SETTINGS);
