import type { Stage } from "../simulator/platform.ts";
import type { Channel } from "./channel.ts";
import { LINE_VARIABLES, lineFromEnvironment } from "./line/config.ts";
import { line } from "./line/index.ts";
import { lineCommands, lineViews } from "./line/simulator/control.ts";
import { createLineSimulator } from "./line/simulator.ts";
import { MESSENGER } from "./messenger/index.ts";
import { WHATSAPP_VARIABLES, whatsappFromEnvironment } from "./whatsapp/config.ts";
import { whatsapp } from "./whatsapp/index.ts";
import { whatsappCommands, whatsappViews } from "./whatsapp/simulator/control.ts";
import { createWhatsAppSimulator } from "./whatsapp/simulator.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that every platform shares. */
export interface SharedChannelSettings {
  /** Time limit of one platform call, in ms. */
  readonly sendTimeoutMs?: number | undefined;
}

interface Entry<Options> {
  readonly create: (options: Options) => Channel;
  readonly fromEnvironment: (env: Environment) => Options | null;
}

/** An entry, and its channel as the environment describes it; `null` when it describes none. */
function platform<Options extends object, E>(entry: E & Entry<Options>) {
  return {
    ...(entry as E),
    configured: (env: Environment, { sendTimeoutMs }: SharedChannelSettings): Channel | null => {
      const options = entry.fromEnvironment(env);
      if (options === null) return null;
      return entry.create(sendTimeoutMs === undefined ? options : { sendTimeoutMs, ...options });
    },
  };
}

/** The only list of platforms. A platform is its folder and its entry here. */
export const CHANNELS = {
  line: platform({
    create: line,
    /** Options from the platform's own variables; `null` when none is set. Throws `Misconfigured`. */
    fromEnvironment: lineFromEnvironment,
    /** The names of those variables. */
    variables: LINE_VARIABLES,
    /** The platform's side of the wire, and what a separate process may ask of it. */
    simulate: createLineSimulator,
    commands: lineCommands,
    views: lineViews,
  }),
  messenger: platform(MESSENGER),
  whatsapp: platform({
    create: whatsapp,
    fromEnvironment: whatsappFromEnvironment,
    variables: WHATSAPP_VARIABLES,
    simulate: createWhatsAppSimulator,
    commands: whatsappCommands,
    views: whatsappViews,
  }),
} as const;

export type ChannelName = keyof typeof CHANNELS;

/** How that platform's model is put up, where it can be put up by its name alone; `null` otherwise. */
export function stageOf(name: string): Stage | null {
  const entry = Object.entries(CHANNELS).find(([listed]) => listed === name)?.[1];
  return entry !== undefined && "stage" in entry ? (entry.stage as Stage) : null;
}

/** A channel for each platform whose variables are set. Throws `Misconfigured` and names the variable. */
export function channelsFromEnvironment(env: Environment, shared: SharedChannelSettings = {}): Channel[] {
  return Object.values(CHANNELS)
    .map((channel) => channel.configured(env, shared))
    .filter((channel) => channel !== null);
}
