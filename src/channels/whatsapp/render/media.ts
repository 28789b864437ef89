import type { LocationReply, MediaReply } from "../../../core/reply.ts";
import { texts } from "./choices.ts";
import { CAPTION_LIMIT } from "./limits.ts";
import type { Draft, WhatsAppMessage } from "./piece.ts";

/** WhatsApp fetches it from the link, and keeps what it fetched for ten minutes (Cloud API: Media). */
export function renderMedia(reply: MediaReply): Draft {
  const { url: link, caption = "" } = reply;
  const hasCaption = caption.trim() !== "";
  if (reply.type === "audio") {
    return {
      messages: [{ type: "audio", audio: { link } }, ...(hasCaption ? texts(caption) : [])],
      adapted: hasCaption ? ["a sound has no caption: a text behind it"] : [],
    };
  }
  const type = reply.type === "file" ? "document" : reply.type;
  const filename = type === "document" ? { filename: reply.name ?? lastPartOf(link) } : {};
  if (caption.length > CAPTION_LIMIT) {
    return {
      messages: [{ type, [type]: { link, ...filename } }, ...texts(caption)],
      adapted: [`a caption over ${CAPTION_LIMIT} characters: a text behind it`],
    };
  }
  return { messages: [{ type, [type]: { link, ...(hasCaption ? { caption } : {}), ...filename } }], adapted: [] };
}

export function renderLocation({ title, address, latitude, longitude }: LocationReply): WhatsAppMessage {
  // Texts, as WhatsApp's own description has them.
  const place = { latitude: String(latitude), longitude: String(longitude), name: title, address };
  return { type: "location", location: place };
}

/** Without a name the file would be shown as "Untitled". */
function lastPartOf(link: string): string {
  const part = URL.parse(link)?.pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(part) || "file";
  } catch {
    return part;
  }
}
