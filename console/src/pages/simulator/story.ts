/** Which conversation and turn belong to what a phone shows. Pure. */
import type { Wire } from "../../../../src/http/admin/wire.ts";
import type { Group } from "../conversations/transcript-model.ts";

/**
 * Of what was found for a person's or a group's id: a person may have written in a group as well. On WhatsApp the conversation
 * is known by another id of the same person.
 */
export function conversationOf(
  { found }: Pick<Wire["search"], "found">,
  channel: string,
  screenId: string,
): string | null {
  const own = found.map(({ conversation }) => conversation).filter((one) => one.channel === channel);
  const exact = own.find(({ peerId }) => peerId === screenId);
  return (exact ?? own.find(({ kind }) => kind === "user"))?.conversationId ?? null;
}

/** Ids under which the platform knows the messages of a turn, of both sides. */
export function messageIdsOf({ events, deliveries }: Group): ReadonlySet<string> {
  const said = events.flatMap(({ platformEventId, content }) => [platformEventId, content.message?.id ?? []].flat());
  return new Set([...said, ...deliveries.flatMap(({ delivery }) => delivery.platformMessageIds)]);
}

/** The turn of the marked message, else the newest; `null`: it has opened none, or there is none. */
export function toldGroup(groups: readonly Group[], markedId: string | null): Group | null {
  const withTurn = groups.filter(({ turn }) => turn !== null);
  if (markedId === null) return withTurn.at(-1) ?? null;
  return withTurn.find((group) => messageIdsOf(group).has(markedId)) ?? null;
}
