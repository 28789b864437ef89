import type { Channel } from "./channel.ts";
import { lineAccounts } from "./line/config/accounts.ts";
import { LINE_VARIABLES } from "./line/config.ts";
import { line } from "./line/index.ts";
import { lineCommands, lineViews } from "./line/simulator/control.ts";
import { createLineSimulator } from "./line/simulator.ts";

/** The only list of platforms. A platform is its folder and its entry here. */
export const CHANNELS = {
  line: {
    create: line,
    /** Options from the platform's own variables, one for each account that they name. Throws `Misconfigured`. */
    fromEnvironment: lineAccounts,
    /** The names of those variables. */
    variables: LINE_VARIABLES,
    /** The platform's side of the wire, and what a separate process may ask of it. */
    simulate: createLineSimulator,
    commands: lineCommands,
    views: lineViews,
  },
} as const;

export type ChannelName = keyof typeof CHANNELS;

/** Settings that every platform shares. */
export interface SharedChannelSettings {
  /** Time limit of one platform call, in ms. */
  readonly sendTimeoutMs?: number | undefined;
}

/** A channel for each platform whose variables are set. Throws `Misconfigured` and names the variable. */
export function channelsFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { sendTimeoutMs }: SharedChannelSettings = {},
): Channel[] {
  const shared = sendTimeoutMs === undefined ? {} : { sendTimeoutMs };
  return Object.values(CHANNELS).flatMap((channel) => {
    const accounts = channel.fromEnvironment(env);
    return accounts.map((options) => channel.create({ ...shared, ...options }));
  });
}
