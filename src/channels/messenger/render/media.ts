import type { LocationReply, MediaReply } from "../../../core/reply.ts";
import { isBlank } from "../../render.ts";
import { type PagePiece, texts } from "./piece.ts";

/** An attachment by URL (Messenger: Attachments). Attachments have no caption. */
export function renderMedia(reply: MediaReply): PagePiece {
  const { type, url, caption = "", name } = reply;
  const adapted = [
    ...(caption === "" ? [] : ["its caption follows as a message"]),
    ...(name === undefined ? [] : ["its name is that in its url"]),
  ];
  const attachment = { type, payload: { url, is_reusable: false } };
  return { messages: [{ message: { attachment } }, ...texts(caption)], adapted };
}

/** On Messenger only people can send locations. */
export function renderLocation({ title, address, latitude, longitude }: LocationReply): PagePiece {
  const map = `https://www.google.com/maps/search/?api=1&query=${latitude},${longitude}`;
  const lines = [title, address, map].filter((line) => !isBlank(line));
  return { messages: texts(lines.join("\n")), adapted: ["it is a text with a link to a map"] };
}
