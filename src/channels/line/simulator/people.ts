import type { PlayedPerson } from "../../simulation/platform.ts";
import { displayNameOf } from "./world.ts";

const TEAM = "Cteam-of-three";

const played = (peerId: string, groupId: string | null): PlayedPerson => ({
  peerId,
  name: displayNameOf(peerId),
  groupId,
});

/** A person in a chat of two, and a group of three. */
export const LINE_PEOPLE: readonly PlayedPerson[] = [
  played("Usomebody", null),
  played("Uann", TEAM),
  played("Uben", TEAM),
  played("Ucho", TEAM),
];

/** Members of a played group: they are in it before they write. */
export function playedMembersOf(groupId: string): readonly string[] {
  return LINE_PEOPLE.filter((person) => person.groupId === groupId).map(({ peerId }) => peerId);
}
