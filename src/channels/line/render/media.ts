import type { LocationReply, MediaReply } from "../../../core/reply.ts";
import { fileNameIn, isBlank } from "../../render.ts";
import { inUnits, shorten } from "../../shorten.ts";
import { asUri, type LinePiece, MEDIA_URL_LIMIT, texts } from "./piece.ts";

/** LINE requires an audio's duration (Messaging API reference); core/reply.ts promises one minute. */
const UNKNOWN_DURATION_MS = 60_000;

/** An image, video or audio by URL; what LINE can't show becomes a link. */
export function renderMedia(reply: MediaReply): LinePiece {
  const caption = reply.caption === undefined ? [] : texts(reply.caption);
  const { message, why } = shown(reply);
  if (message !== null) return { messages: [message, ...caption], adapted: [] };
  return { messages: [...texts(linkOf(reply)), ...caption], adapted: [`it is sent as a link: ${why}`] };
}

type Shown =
  | { readonly message: Readonly<Record<string, unknown>>; readonly why?: undefined }
  | { readonly message: null; readonly why: string };

function shown({ type, url, previewUrl, durationMs }: MediaReply): Shown {
  const originalContentUrl = asUri(url, MEDIA_URL_LIMIT);
  if (type === "file") return { message: null, why: "LINE has no message for a file" };
  if (originalContentUrl === null) return { message: null, why: `its url is over ${MEDIA_URL_LIMIT} characters` };
  switch (type) {
    case "image": {
      const previewImageUrl = asUri(previewUrl ?? url, MEDIA_URL_LIMIT) ?? originalContentUrl;
      return { message: { type, originalContentUrl, previewImageUrl } };
    }
    case "video": {
      const previewImageUrl = previewUrl === undefined ? null : asUri(previewUrl, MEDIA_URL_LIMIT);
      if (previewImageUrl === null) return { message: null, why: "LINE shows no video without a previewUrl" };
      return { message: { type, originalContentUrl, previewImageUrl } };
    }
    case "audio":
      return { message: { type, originalContentUrl, duration: durationMs ?? UNKNOWN_DURATION_MS } };
    default:
      return type satisfies never;
  }
}

function linkOf({ url, name }: MediaReply): string {
  const shownName = name ?? fileNameIn(url);
  return shownName === null || isBlank(shownName) ? url : `${shownName}\n${url}`;
}

/** LINE: title and address of a location have up to 100 characters (Messaging API reference, "Location message"). */
const PLACE_LIMIT = 100;

export function renderLocation({ title, address, latitude, longitude }: LocationReply): LinePiece {
  const place = `${latitude}, ${longitude}`;
  const words = [title, address];
  // In UTF-16 units, the strictest count: LINE doesn't document its own.
  const long = words.filter((word) => word.length > PLACE_LIMIT);
  const [shownTitle, shownAddress] = words.map((word) => (isBlank(word) ? place : shorten(word, PLACE_LIMIT, inUnits)));
  return {
    messages: [
      { type: "location", title: shownTitle, address: shownAddress, latitude, longitude },
      ...long.flatMap((word) => texts(word)),
    ],
    adapted: long.length === 0 ? [] : ["its title or address is too long: the full text follows as a message"],
  };
}
