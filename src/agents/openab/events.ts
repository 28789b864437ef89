import type { TurnEvent } from "../../core/event.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { EVENT, FRAME_LIMIT_BYTES, platformOf } from "./frames.ts";
import { type FetchMedia, type Media, mediaTypeOf, missing } from "./media.ts";

/** Bytes of a frame that are reserved for everything but attachments. */
const ENVELOPE_BYTES = 1024 * 1024;
const ATTACHMENTS_MAX_BYTES = FRAME_LIMIT_BYTES - ENVELOPE_BYTES;
/** Base64: four bytes for three. */
const MEDIA_MAX_BYTES = Math.floor((ATTACHMENTS_MAX_BYTES / 4) * 3);

/**
 * The frames of a turn: one, with the last event's id and all texts, or one per event. Empty for events without text or
 * media, such as a follow.
 */
export async function framesOf(
  turn: ClaimedTurn,
  { split, fetchMedia }: { readonly split: boolean; readonly fetchMedia: FetchMedia },
): Promise<object[]> {
  const spoken = turn.events.filter((event) => textOf(event) !== "" || isMedia(event));
  const groups = split ? spoken.map((event) => [event]) : [spoken];
  const frames: object[] = [];
  for (const events of groups) {
    const last = events.at(-1);
    if (last !== undefined) frames.push(await frameOf(turn, events, last, fetchMedia));
  }
  return frames;
}

async function frameOf(
  turn: ClaimedTurn,
  events: readonly TurnEvent[],
  last: TurnEvent,
  fetchMedia: FetchMedia,
): Promise<object> {
  const { channel, account, kind, peerId } = turn.conversation;
  const attachments = await attachmentsOf(turn, events, fetchMedia);
  const sender = last.sender?.id ?? peerId;
  const name = last.sender?.name ?? sender;
  const text = events
    .map(textOf)
    .filter((words) => words !== "")
    .join("\n");
  return {
    schema: EVENT,
    event_id: last.eventId,
    timestamp: new Date(last.receivedAt).toISOString(),
    platform: platformOf(channel, account),
    event_type: "message",
    channel: { id: peerId, type: kind, thread_id: null },
    sender: { id: sender, name, display_name: name, is_bot: false },
    content: { type: "text", text, ...(attachments.length > 0 && { attachments }) },
    mentions: events.flatMap(mentionsOf),
    message_id: last.content.message?.id ?? last.platformEventId,
  };
}

function isMedia(event: TurnEvent): boolean {
  return mediaTypeOf(event) !== null;
}

/** An event as text: cores take only text. */
function textOf({ content }: TurnEvent): string {
  const { message, postback } = content;
  if (postback !== undefined) return postback.data;
  return withQuoted(message?.text ?? "", content.quoted?.text);
}

/** Characters of a quoted text that a core gets. */
const QUOTED_MAX = 500;

/**
 * The quoted text in front, as Markdown quotes: the protocol has no field for it. Not in front of a command, which a core
 * knows by its first character.
 */
function withQuoted(said: string, quoted: string | undefined): string {
  if (quoted === undefined || said === "" || said.startsWith("/")) return said;
  const shown = quoted.length <= QUOTED_MAX ? quoted : `${quoted.slice(0, QUOTED_MAX).toWellFormed()}…`;
  return `${shown
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n")}\n\n${said}`;
}

/** Mentioned user ids (LINE: "Text message event", `mention.mentionees`). */
function mentionsOf({ content }: TurnEvent): string[] {
  const mention = content.message?.mention as { readonly mentionees?: unknown } | undefined;
  if (!Array.isArray(mention?.mentionees)) return [];
  return mention.mentionees.flatMap((one: { userId?: unknown } | null) =>
    typeof one?.userId === "string" ? [one.userId] : [],
  );
}

/** When `fetchMedia` throws, the message is sent without its attachment. */
function failed(turn: ClaimedTurn, event: TurnEvent): Media | null {
  return missing(turn, event, "download failed: the media could not be fetched");
}

async function attachmentsOf(
  turn: ClaimedTurn,
  events: readonly TurnEvent[],
  fetchMedia: FetchMedia,
): Promise<object[]> {
  const attachments: object[] = [];
  let left = MEDIA_MAX_BYTES;
  for (const event of events.filter(isMedia)) {
    const media = await fetchMedia(turn, event, left).catch(() => failed(turn, event));
    if (media === null) continue;
    const type = mediaTypeOf(event)?.type ?? "text_file";
    const common = { type, filename: media.name, mime_type: media.mimeType };
    if (media.kind === "missing") {
      attachments.push({ ...common, data: "", size: 0, status: media.status });
    } else if (media.bytes.length > left) {
      const status = `size exceeded: ${media.bytes.length} bytes, ${left} left in the frame`;
      attachments.push({ ...common, data: "", size: media.bytes.length, status });
    } else {
      left -= media.bytes.length;
      attachments.push({ ...common, data: Buffer.from(media.bytes).toString("base64"), size: media.bytes.length });
    }
  }
  return attachments;
}
