import type { LocationReply, MediaReply } from "../../../core/reply.ts";
import { type Piece, texts } from "./piece.ts";

/** The page's servers fetch it from its address (Messenger: Attachments). A caption has no place of its own. */
export function renderMedia(reply: MediaReply): Piece {
  const { type, url, caption = "", name } = reply;
  const adapted = [
    ...(caption === "" ? [] : ["its caption is a message of its own"]),
    ...(name === undefined ? [] : ["its name is that of its address"]),
  ];
  const attachment = { type, payload: { url, is_reusable: false } };
  return { messages: [{ message: { attachment } }, ...texts(caption)], adapted };
}

/** Messenger lets only people send places. */
export function renderLocation({ title, address, latitude, longitude }: LocationReply): Piece {
  const map = `https://www.google.com/maps/search/?api=1&query=${latitude},${longitude}`;
  const lines = [title, address, map].filter((line) => line.trim() !== "");
  return { messages: texts(lines.join("\n")), adapted: ["a place is a text with a link to a map"] };
}
