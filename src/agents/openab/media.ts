import type { TurnEvent } from "../../core/event.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import type { AgentHost, ContentRead } from "../agent.ts";

export type Media =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly mimeType: string; readonly name: string }
  /** `status` as in openab, `<category>: <detail>`: `size exceeded`, `unsupported format`, `download failed` … */
  | { readonly kind: "missing"; readonly status: string; readonly mimeType: string; readonly name: string };

/** `null`: the event has nothing to fetch. */
export type FetchMedia = (turn: ClaimedTurn, event: TurnEvent, limitBytes: number) => Promise<Media | null>;

interface MediaType {
  /** The attachment's `type`. Cores read images, audio and text files, and ignore others. */
  readonly type: string;
  readonly mime: string;
  readonly ending: string;
}

const MEDIA_TYPES: Readonly<Record<string, MediaType>> = {
  image: { type: "image", mime: "image/jpeg", ending: "jpg" },
  audio: { type: "audio", mime: "audio/mp4", ending: "m4a" },
  video: { type: "video", mime: "video/mp4", ending: "mp4" },
  file: { type: "text_file", mime: "application/octet-stream", ending: "bin" },
};

const ENDINGS: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/gif": "gif",
  "image/webp": "webp",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "audio/aac": "aac",
  "audio/amr": "amr",
};

export function mediaTypeOf(event: TurnEvent): MediaType | null {
  const type = event.content.message?.type ?? "";
  return Object.hasOwn(MEDIA_TYPES, type) ? (MEDIA_TYPES[type] ?? null) : null;
}

/** An attachment without content and with a status, so that it isn't dropped silently. `null`: no media type. */
export function missing(turn: ClaimedTurn, event: TurnEvent, status: string): Media | null {
  const { message } = event.content;
  const known = mediaTypeOf(event);
  if (message === undefined || known === null) return null;
  return { kind: "missing", status, mimeType: known.mime, name: nameOf(turn, event, known.ending) };
}

function nameOf({ conversation }: ClaimedTurn, { content: { message } }: TurnEvent, ending: string): string {
  if (typeof message?.fileName === "string") return message.fileName;
  return `${conversation.channel}_${message?.id}.${ending}`;
}

/** Fetches from the platform, through the gateway. */
export function fetchFrom(host: AgentHost): FetchMedia {
  return async (turn, event, limitBytes) => {
    const known = mediaTypeOf(event);
    if (known === null) return null;
    // Not downloaded: every core ignores videos.
    if (known.type === "video") return missing(turn, event, "unsupported format: cores don't read videos");
    const read = await host.readContent(turn, event, limitBytes);
    if (read.kind !== "bytes") return missing(turn, event, statusOf(read, limitBytes));
    const { bytes } = read;
    if (known.type === "text_file" && !isText(bytes)) {
      return missing(turn, event, "unsupported format: not a text file");
    }
    const mimeType = read.type.split(";")[0]?.trim().toLowerCase() || known.mime;
    return { kind: "bytes", bytes, mimeType, name: nameOf(turn, event, ENDINGS[mimeType] ?? known.ending) };
  };
}

type Unread = Exclude<ContentRead, { kind: "bytes" }>;

function statusOf(read: Unread, limitBytes: number): string {
  switch (read.kind) {
    case "too-long":
      return `size exceeded: ${read.size ?? "more"} bytes, ${limitBytes} left in the frame`;
    case "gone":
      return "download failed: the platform has deleted it";
    case "preparing":
      return "processing failed: the platform is still processing it";
    case "elsewhere":
      return "download failed: the content isn't at the platform";
    case "unavailable":
      return `download failed: ${read.reason}`;
    default:
      return read satisfies never;
  }
}

function isText(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true }).decode(bytes).includes("\u0000");
  } catch {
    return false;
  }
}
