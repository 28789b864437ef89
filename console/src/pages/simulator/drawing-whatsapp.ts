/** Messages of the Cloud API, and those that people send on WhatsApp. */
import { type Drawn, type Media, type Tap, texts } from "./drawn.ts";
import { asObject, asObjects, asText, type Given, lines } from "./given.ts";

const MEDIA_OF: Readonly<Record<string, Media>> = {
  image: "image",
  video: "video",
  audio: "audio",
  document: "file",
};

export function drawnOfWhatsApp(message: Given): readonly Drawn[] {
  const type = asText(message.type) ?? "text";
  const part = asObject(message[type]) ?? {};
  const media = Object.hasOwn(MEDIA_OF, type) ? MEDIA_OF[type] : undefined;
  if (media !== undefined) return mediaOf(media, part);
  switch (type) {
    case "text":
      return texts(asText(part.body));
    case "sticker":
      return [{ kind: "sticker", number: asText(part.id) ?? asText(part.link) ?? "" }];
    case "location":
      return [{ kind: "place", text: placeOf(part) }];
    case "button":
      return texts(asText(part.text));
    case "reaction":
      return texts(asText(part.emoji));
    case "interactive":
      return interactiveOf(part);
    default:
      return [];
  }
}

function mediaOf(media: Media, part: Given): readonly Drawn[] {
  const { link, filename, caption } = part;
  return [{ kind: "media", media, address: asText(link), name: asText(filename) }, ...texts(asText(caption))];
}

function placeOf({ name, address, latitude, longitude }: Given): string {
  const place = [asText(latitude), asText(longitude)].flatMap((one) => one ?? []).join(", ");
  return lines(asText(name), asText(address)) ?? place;
}

function interactiveOf(part: Given): readonly Drawn[] {
  const answer = asObject(part.button_reply) ?? asObject(part.list_reply);
  if (answer !== null) return texts(asText(answer.title) ?? asText(answer.id));
  const header = asObject(part.header) ?? {};
  const action = asObject(part.action) ?? {};
  const words = lines(asText(header.text), asText(asObject(part.body)?.text), asText(asObject(part.footer)?.text));
  const taps = tapsOf(action);
  return [...headerMedia(header), ...texts(words), ...(taps.length > 0 ? [{ kind: "buttons", taps } as const] : [])];
}

function headerMedia(header: Given): readonly Drawn[] {
  const type = asText(header.type) ?? "";
  const media = Object.hasOwn(MEDIA_OF, type) ? MEDIA_OF[type] : undefined;
  return media === undefined ? [] : mediaOf(media, asObject(header[type]) ?? {});
}

/** Buttons, the rows of a list, or a link. */
function tapsOf({ buttons, sections, parameters }: Given): readonly Tap[] {
  const replies = asObjects(buttons).map(({ reply }) => asObject(reply) ?? {});
  const rows = asObjects(sections).flatMap((section) => asObjects(section.rows));
  const link = asObject(parameters);
  const taps = [...replies, ...rows].map(({ id, title, description }): Tap => {
    const label = asText(description) ?? asText(title) ?? "…";
    const given = asText(id);
    const order = given === null ? null : { command: "taps", input: { id: given, title: asText(title) ?? "" } };
    return { label, order, address: null };
  });
  if (link === null) return taps;
  return [...taps, { label: asText(link.display_text) ?? "…", order: null, address: asText(link.url) }];
}
