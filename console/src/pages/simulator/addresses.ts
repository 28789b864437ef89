/** What the address of the simulator's page says: pure, so that it is tested without a browser. Ids only, never a text. */
import type { PlatformWire } from "../../../../src/simulator/console-api/wire.ts";

export interface SimulatorSearch {
  /** Channels whose phones are shown, with commas; without it, all. */
  readonly phones?: string;
  /** The channel that was used last: its story is told, its scenarios are listed, and a narrow screen shows its phone. */
  readonly phone?: string;
  /** Who is played on each phone, `line~Uann,messenger~20001`; of a member of a group `line~Uann~Cteam`. */
  readonly people?: string;
  readonly scenario?: string;
  readonly run?: string;
  /** The marked bubble of the phone in use, by its platform's id. */
  readonly message?: string;
}

const NAMES = ["phones", "phone", "people", "scenario", "run", "message"] as const;
const TEXT_MAX = 400;

export function simulatorSearchOf(search: Readonly<Record<string, unknown>>): SimulatorSearch {
  const given = NAMES.flatMap((name) => {
    const value = search[name];
    return typeof value === "string" && value !== "" && value.length <= TEXT_MAX ? [[name, value] as const] : [];
  });
  return Object.fromEntries(given);
}

/** Somebody who is played: a person, or as a member of a group. */
export interface Played {
  readonly peerId: string;
  readonly groupId: string | null;
}

/** The id of the screen that this person looks at. */
export function screenIdOf({ peerId, groupId }: Played): string {
  return groupId ?? peerId;
}

/** All phones where the address names none that there is. */
export function shownPlatforms(
  platforms: readonly PlatformWire[],
  { phones }: Pick<SimulatorSearch, "phones">,
): readonly PlatformWire[] {
  const named = phones?.split(",") ?? [];
  const shown = platforms.filter(({ channel }) => named.includes(channel));
  return shown.length > 0 ? shown : platforms;
}

/** The channel in use: the one that is named, else that of the first phone. */
export function activeChannel(
  shown: readonly PlatformWire[],
  { phone }: Pick<SimulatorSearch, "phone">,
): string | null {
  return (shown.find(({ channel }) => channel === phone) ?? shown[0])?.channel ?? null;
}

/** Who was chosen on that phone; `null`: nobody. */
export function chosenOn(channel: string, { people }: Pick<SimulatorSearch, "people">): Played | null {
  for (const one of people?.split(",") ?? []) {
    const [of, peerId, groupId] = one.split("~");
    if (of === channel && peerId !== undefined && peerId !== "") return { peerId, groupId: groupId ?? null };
  }
  return null;
}

/** With that person on that phone, or without a choice there: then it shows the run's person, or the first. */
export function withChosen(search: SimulatorSearch, channel: string, played: Played | null): SimulatorSearch {
  const { people, ...rest } = search;
  const others = (people?.split(",") ?? []).filter((one) => one !== "" && !one.startsWith(`${channel}~`));
  const own = played === null ? [] : [[channel, played.peerId, played.groupId].filter((id) => id !== null).join("~")];
  const all = [...others, ...own].join(",");
  return all === "" ? rest : { ...rest, people: all };
}
