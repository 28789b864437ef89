import type { LocationReply, MediaReply } from "../../../core/reply.ts";
import { fileNameIn, isBlank } from "../../render.ts";
import { texts } from "./choices.ts";
import { CAPTION_LIMIT } from "./limits.ts";
import type { WhatsAppPiece } from "./piece.ts";

/** Media by link; WhatsApp caches the download for ten minutes (Cloud API: Media). */
export function renderMedia(reply: MediaReply): WhatsAppPiece {
  const { url: link, caption = "" } = reply;
  const hasCaption = !isBlank(caption);
  if (reply.type === "audio") {
    return {
      messages: [{ type: "audio", audio: { link } }, ...(hasCaption ? texts(caption) : [])],
      adapted: hasCaption ? ["its caption follows as a message: an audio has no caption"] : [],
    };
  }
  const type = reply.type === "file" ? "document" : reply.type;
  // Without one WhatsApp shows "Untitled".
  const filename = type === "document" ? { filename: reply.name ?? fileNameIn(link) ?? "file" } : {};
  if (caption.length > CAPTION_LIMIT) {
    return {
      messages: [{ type, [type]: { link, ...filename } }, ...texts(caption)],
      adapted: [`its caption follows as a message: it is over ${CAPTION_LIMIT} characters`],
    };
  }
  return { messages: [{ type, [type]: { link, ...(hasCaption ? { caption } : {}), ...filename } }], adapted: [] };
}

export function renderLocation({ title, address, latitude, longitude }: LocationReply): WhatsAppPiece {
  // As text, like in the API description.
  const place = { latitude: String(latitude), longitude: String(longitude), name: title, address };
  return { messages: [{ type: "location", location: place }], adapted: [] };
}
