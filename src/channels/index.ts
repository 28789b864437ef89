import type { Stage } from "../simulator/platform.ts";
import type { Channel } from "./channel.ts";
import { lineAccounts } from "./line/config/accounts.ts";
import { LINE_VARIABLES } from "./line/config.ts";
import { line } from "./line/index.ts";
import { lineCommands, lineViews } from "./line/simulator/control.ts";
import { createLineSimulator } from "./line/simulator.ts";
import { MESSENGER } from "./messenger/index.ts";
import { WHATSAPP } from "./whatsapp/index.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that every platform shares. */
export interface SharedChannelSettings {
  /** Time limit of one platform call, in ms. */
  readonly sendTimeoutMs?: number | undefined;
}

interface Entry<Options> {
  readonly create: (options: Options) => Channel;
  /** One for each account that the variables name. */
  readonly fromEnvironment: (env: Environment) => readonly Options[];
}

/** An entry, and its channels as the environment describes them. */
function platform<Options extends object, E>(entry: E & Entry<Options>) {
  return {
    ...(entry as E),
    configured: (env: Environment, { sendTimeoutMs }: SharedChannelSettings): Channel[] => {
      const shared = sendTimeoutMs === undefined ? {} : { sendTimeoutMs };
      return entry.fromEnvironment(env).map((options) => entry.create({ ...shared, ...options }));
    },
  };
}

/** The only list of platforms. A platform is its folder and its entry here. */
export const CHANNELS = {
  line: platform({
    create: line,
    /** Options from the platform's own variables, one for each account that they name. Throws `Misconfigured`. */
    fromEnvironment: lineAccounts,
    /** The names of those variables. */
    variables: LINE_VARIABLES,
    /** The platform's side of the wire, and what a separate process may ask of it. */
    simulate: createLineSimulator,
    commands: lineCommands,
    views: lineViews,
  }),
  messenger: platform(MESSENGER),
  whatsapp: platform(WHATSAPP),
} as const;

export type ChannelName = keyof typeof CHANNELS;

/** How that platform's model is put up, where it can be put up by its name alone; `null` otherwise. */
export function stageOf(name: string): Stage | null {
  const entry = Object.entries(CHANNELS).find(([listed]) => listed === name)?.[1];
  return entry !== undefined && "stage" in entry ? (entry.stage as Stage) : null;
}

/** A channel for each platform whose variables are set. Throws `Misconfigured` and names the variable. */
export function channelsFromEnvironment(env: Environment, shared: SharedChannelSettings = {}): Channel[] {
  return Object.values(CHANNELS).flatMap((channel) => channel.configured(env, shared));
}
