import type { LocationReply, MediaReply } from "../../../core/reply.ts";
import { texts } from "./choices.ts";
import { CAPTION_LIMIT } from "./limits.ts";
import type { Draft, WhatsAppMessage } from "./piece.ts";

/** Media by link; WhatsApp caches the download for ten minutes (Cloud API: Media). */
export function renderMedia(reply: MediaReply): Draft {
  const { url: link, caption = "" } = reply;
  const hasCaption = caption.trim() !== "";
  if (reply.type === "audio") {
    return {
      messages: [{ type: "audio", audio: { link } }, ...(hasCaption ? texts(caption) : [])],
      adapted: hasCaption ? ["its caption follows as a message: an audio has no caption"] : [],
    };
  }
  const type = reply.type === "file" ? "document" : reply.type;
  const filename = type === "document" ? { filename: reply.name ?? lastPartOf(link) } : {};
  if (caption.length > CAPTION_LIMIT) {
    return {
      messages: [{ type, [type]: { link, ...filename } }, ...texts(caption)],
      adapted: [`its caption follows as a message: it is over ${CAPTION_LIMIT} characters`],
    };
  }
  return { messages: [{ type, [type]: { link, ...(hasCaption ? { caption } : {}), ...filename } }], adapted: [] };
}

export function renderLocation({ title, address, latitude, longitude }: LocationReply): WhatsAppMessage {
  // As text, like in the API description.
  const place = { latitude: String(latitude), longitude: String(longitude), name: title, address };
  return { type: "location", location: place };
}

/** File name from the link; without one WhatsApp shows "Untitled". */
function lastPartOf(link: string): string {
  const part = URL.parse(link)?.pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(part) || "file";
  } catch {
    return part;
  }
}
