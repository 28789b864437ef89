/** Who can be played on a phone. Pure. */
import type { PlatformWire, RunWire } from "../../../../src/simulator/console-api/wire.ts";
import { chosenOn, type Played, type SimulatorSearch } from "./addresses.ts";
import { outcomeOf } from "./run-steps.ts";

type Person = PlatformWire["people"][number];

/** A tab of a phone: a chat of two, a group with those who write in it, or the chat of the run that is shown. */
export type PhoneTab =
  | { readonly kind: "person"; readonly person: Person }
  | { readonly kind: "group"; readonly groupId: string; readonly members: readonly Person[] }
  | { readonly kind: "run"; readonly peerId: string; readonly runId: string; readonly isUnderWay: boolean };

export function tabsOf({ people, channel }: PlatformWire, run: RunWire | null): readonly PhoneTab[] {
  const alone = people.filter(({ groupId }) => groupId === null);
  const groupIds = new Set(people.flatMap(({ groupId }) => groupId ?? []));
  return [
    ...alone.map((person) => ({ kind: "person", person }) as const),
    ...[...groupIds].map((groupId) => {
      const members = people.filter((one) => one.groupId === groupId);
      return { kind: "group", groupId, members } as const;
    }),
    ...(run?.channel === channel ? runTab(run) : []),
  ];
}

/** A run has nobody before it has begun. */
function runTab(run: RunWire): readonly PhoneTab[] {
  const { peerId, runId } = run;
  return peerId === null ? [] : [{ kind: "run", peerId, runId, isUnderWay: outcomeOf(run) === "underWay" }];
}

/** Who is played when the tab is chosen; `null`: the run's person, for whom the address names the run. */
export function playedOn(tab: PhoneTab): Played | null {
  switch (tab.kind) {
    case "person":
      return { peerId: tab.person.peerId, groupId: null };
    case "group":
      return { peerId: tab.members[0]?.peerId ?? "", groupId: tab.groupId };
    case "run":
      return null;
    default:
      return tab satisfies never;
  }
}

export interface Shown {
  readonly tab: PhoneTab;
  readonly played: Played;
  /** Of who is played; `null` where it is nobody of the list. */
  readonly name: string | null;
}

/**
 * What a phone shows: who was chosen, else the person of the run that is under way or in the address, else the first. `null`:
 * there is nobody at all.
 */
export function shownOn(tabs: readonly PhoneTab[], channel: string, search: SimulatorSearch): Shown | null {
  const chosen = chosenOn(channel, search);
  const ofChoice = chosen === null ? undefined : tabs.find((tab) => holds(tab, chosen));
  const tab = ofChoice ?? tabs.find((one) => isRunShown(one, search)) ?? tabs[0];
  if (tab === undefined) return null;
  if (tab.kind === "run") return { tab, played: { peerId: tab.peerId, groupId: null }, name: null };
  const played = tab === ofChoice ? chosen : playedOn(tab);
  if (played === null) return null;
  const people = tab.kind === "person" ? [tab.person] : tab.members;
  return { tab, played, name: people.find(({ peerId }) => peerId === played.peerId)?.name ?? null };
}

function isRunShown(tab: PhoneTab, { run }: SimulatorSearch): boolean {
  return tab.kind === "run" && (tab.isUnderWay || tab.runId === run);
}

function holds(tab: PhoneTab, { peerId, groupId }: Played): boolean {
  switch (tab.kind) {
    case "person":
      return groupId === null && tab.person.peerId === peerId;
    case "group":
      return tab.groupId === groupId && tab.members.some((member) => member.peerId === peerId);
    case "run":
      return false;
    default:
      return tab satisfies never;
  }
}
