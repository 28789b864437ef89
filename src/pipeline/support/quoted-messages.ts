import type { Channel } from "../../channels/channel.ts";
import type { QuotedMessage, TurnEvent } from "../../core/event.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import type { KnownMessage } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { retryWrite } from "./retry-write.ts";

export type QuotedDeps = Pick<Deps, "store" | "clock" | "stopping" | "report">;

/** By the platform's id. */
export type QuotedMessages = ReadonlyMap<string, KnownMessage>;

const NONE: QuotedMessages = new Map();

/** Looks up what the turn's events and context quote: one read, and none when they quote nothing. */
export async function quotedMessages(deps: QuotedDeps, turn: ClaimedTurn): Promise<QuotedMessages> {
  const quoted = [...turn.events, ...turn.context].flatMap(({ content }) => content.quoted?.messageId ?? []);
  if (quoted.length === 0) return NONE;
  const query = { conversation: turn.conversation, messageIds: [...new Set(quoted)] };
  // An agent that is told half of it answers something else.
  const known = await retryWrite(deps, () => deps.store.findQuoted(query));
  return new Map(known.map((message) => [message.messageId, message]));
}

/** The event with what is known of the message that it quotes. `linkOf`: to a person's media. */
export function withQuoted(
  found: QuotedMessages,
  { textOf }: Pick<Channel, "textOf">,
  event: TurnEvent,
  linkOf: (content: TurnEvent["content"]) => string | null,
): TurnEvent {
  const { quoted } = event.content;
  const known = quoted === undefined ? undefined : found.get(quoted.messageId);
  if (known === undefined) return event;
  const facts = known.kind === "received" ? factsOfReceived(known, linkOf) : factsOfSent(known, textOf);
  return { ...event, content: { ...event.content, quoted: { messageId: known.messageId, ...facts } } };
}

type Facts = Omit<QuotedMessage, "messageId">;

function factsOfReceived(
  { type, content }: KnownMessage & { kind: "received" },
  linkOf: (content: TurnEvent["content"]) => string | null,
): Facts {
  const { message, postback } = content;
  // A colleague's message is an echo; of a tapped button people see the label.
  const role = type === "echo" ? "assistant" : "user";
  const text = message?.text ?? postback?.params?.title;
  const contentUrl = linkOf(content);
  return {
    role,
    ...(message === undefined ? {} : { type: message.type }),
    ...(text === undefined ? {} : { text }),
    ...(contentUrl === null ? {} : { contentUrl }),
  };
}

function factsOfSent({ message }: KnownMessage & { kind: "sent" }, textOf: Channel["textOf"]): Facts {
  const text = message === null ? null : (textOf?.(message) ?? null);
  return { role: "assistant", ...(text === null ? {} : { text }) };
}
