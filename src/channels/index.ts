import type { Reading } from "../settings/read.ts";
import { type Account, accountsOf, type Section, treeOf } from "../settings/section.ts";
import type { Children, Group } from "../settings/setting.ts";
import type { Channel } from "./channel.ts";
import { LINE } from "./line/index.ts";
import { MESSENGER } from "./messenger/index.ts";
import type { SimulatorEntry } from "./simulation/platform.ts";
import { WHATSAPP } from "./whatsapp/index.ts";

/** Settings that every platform shares. */
interface SharedChannelSettings {
  /** Time limit of one platform call, in ms. */
  readonly sendTimeoutMs?: number | undefined;
  /** Time limit of opening its connection, in ms. */
  readonly connectTimeoutMs?: number | undefined;
}

interface Entry<Options extends object, C extends Children> {
  readonly create: (options: Options) => Channel;
  readonly section: Section<Options, C>;
}

/** One account as configured. No connection is opened before `create`. */
export interface ConfiguredChannel extends Omit<Account, "options"> {
  readonly channel: string;
  create(shared: SharedChannelSettings): Channel;
}

/** An entry, with functions that read its accounts from the settings. */
function platform<Options extends object, C extends Children, E>(entry: E & Entry<Options, C>) {
  const { section, create } = entry as Entry<Options, C>;
  return {
    ...(entry as E),
    tree: treeOf(section) as Group,
    planned: (given: Readonly<Record<string, unknown>>, reading: Reading): ConfiguredChannel[] =>
      accountsOf(section, given, reading).map(({ options, ...rest }) => ({
        ...rest,
        channel: section.name,
        create: ({ sendTimeoutMs, connectTimeoutMs }) => create({ sendTimeoutMs, connectTimeoutMs, ...options }),
      })),
  };
}

/** The only list of platforms. A platform is one folder and one entry here. */
export const CHANNELS = {
  line: platform(LINE),
  messenger: platform(MESSENGER),
  whatsapp: platform(WHATSAPP),
} as const;

export type ChannelName = keyof typeof CHANNELS;

/** The simulator of that platform; `null` when there is no such platform. */
export function simulatorOf(name: string): SimulatorEntry | null {
  return Object.hasOwn(CHANNELS, name) ? CHANNELS[name as ChannelName].simulator : null;
}
