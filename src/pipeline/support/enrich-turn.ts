import type { Channel } from "../../channels/channel.ts";
import type { ConversationRef } from "../../core/conversation.ts";
import type { EventContent, TurnEvent } from "../../core/event.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import type { Deps } from "../deps.ts";
import { type QuotedDeps, quotedMessages, withQuoted } from "./quoted-messages.ts";

export type EnrichDeps = QuotedDeps & Pick<Deps, "channels" | "mediaLinks" | "settings">;

/**
 * Adds to the turn what its agent gets besides: people's names, as far as they are known in time, links to media, and the
 * messages that are quoted. Not stored.
 */
export async function enrichTurn(deps: EnrichDeps, turn: ClaimedTurn): Promise<ClaimedTurn> {
  const { channel: name, account } = turn.conversation;
  const channel = deps.channels.find(name, account);
  if (channel === null) return turn;
  const [names, quoted] = await Promise.all([namesOf(deps, channel, turn), quotedMessages(deps, turn)]);
  const linkOf = (content: EventContent) => contentUrlOf(deps, channel, turn.claimedAt, content);
  const enrich = (event: TurnEvent) => withLink(linkOf, withQuoted(quoted, channel, withName(names, event), linkOf));
  return { ...turn, events: turn.events.map(enrich), context: turn.context.map(enrich) };
}

type Names = ReadonlyMap<string, string>;

/** The names known when the time is up. A later one is cached for the next turn. */
async function namesOf({ clock, settings }: EnrichDeps, channel: Channel, turn: ClaimedTurn): Promise<Names> {
  const names = new Map<string, string>();
  const { profiles } = channel;
  if (profiles === undefined || settings.namesWaitMs === 0) return names;
  const lookups = sendersWithoutName(turn).map(async (personId) => {
    const name = await profiles.nameOf(refOf(turn), personId);
    if (name !== null) names.set(personId, name);
  });
  if (lookups.length === 0) return names;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(settings.namesWaitMs, resolve);
  await Promise.race([Promise.all(lookups), late]);
  cancel();
  return new Map(names);
}

function refOf({ conversation }: ClaimedTurn): ConversationRef {
  const { channel, account, kind, peerId } = conversation;
  return { channel, account, kind, peerId };
}

function sendersWithoutName({ events, context }: ClaimedTurn): readonly string[] {
  const senders = [...events, ...context].map(({ sender }) => sender);
  return [...new Set(senders.filter((sender) => sender?.name === null).map((sender) => sender?.id ?? ""))];
}

function withName(names: Names, event: TurnEvent): TurnEvent {
  const { sender } = event;
  if (sender === null || sender.name !== null) return event;
  return { ...event, sender: { id: sender.id, name: names.get(sender.id) ?? null } };
}

function contentUrlOf(
  { mediaLinks }: EnrichDeps,
  channel: Channel,
  from: number,
  content: EventContent,
): string | null {
  const reference = channel.media?.referenceOf(content) ?? null;
  return reference === null ? null : mediaLinks.urlOf(channel, reference, from);
}

function withLink(linkOf: (content: EventContent) => string | null, event: TurnEvent): TurnEvent {
  const { content } = event;
  const contentUrl = linkOf(content);
  if (contentUrl === null || content.message === undefined) return event;
  return { ...event, content: { ...content, message: { ...content.message, contentUrl } } };
}
