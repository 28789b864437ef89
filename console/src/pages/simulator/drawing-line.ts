/** LINE's message objects (Messaging API reference). */
import { type Card, type Drawn, type Tap, texts } from "./drawn.ts";
import { asObject, asObjects, asText, type Given, lines } from "./given.ts";

export function drawnOfLine(message: Given): readonly Drawn[] {
  const items = asObjects(asObject(message.quickReply)?.items);
  const taps = items.map(({ action }) => tapOf(asObject(action) ?? {}));
  return [...bodyOf(message), ...(taps.length > 0 ? [{ kind: "quickReplies", taps } as const] : [])];
}

function bodyOf(message: Given): readonly Drawn[] {
  switch (message.type) {
    case "text":
    case "textV2":
      return texts(asText(message.text));
    case "sticker":
      return [
        { kind: "sticker", number: [message.packageId, message.stickerId].flatMap((id) => asText(id) ?? []).join("/") },
      ];
    case "image":
    case "video":
    case "audio":
      return [{ kind: "media", media: message.type, address: contentAddress(message), name: null }];
    case "file":
      return [{ kind: "media", media: "file", address: contentAddress(message), name: asText(message.fileName) }];
    case "location":
      return [{ kind: "place", text: lines(asText(message.title), asText(message.address)) ?? "" }];
    case "postback":
      return texts(asText(message.displayText) ?? asText(message.data));
    case "template":
      return templateOf(asObject(message.template) ?? {});
    case "flex":
      return flexOf(asObject(message.contents) ?? {});
    default:
      return [];
  }
}

/** Of a message that a person sent, it is in its provider. */
function contentAddress({ originalContentUrl, contentProvider }: Given): string | null {
  return asText(originalContentUrl) ?? asText(asObject(contentProvider)?.originalContentUrl);
}

function templateOf(template: Given): readonly Drawn[] {
  const taps = asObjects(template.actions).map(tapOf);
  switch (template.type) {
    case "confirm":
      return [...texts(asText(template.text)), { kind: "buttons", taps }];
    case "buttons":
      return [{ kind: "cards", cards: [columnOf(template)] }];
    case "carousel":
    case "image_carousel":
      return [{ kind: "cards", cards: asObjects(template.columns).map(columnOf) }];
    default:
      return [];
  }
}

function columnOf({ title, text, thumbnailImageUrl, imageUrl, actions, action }: Given): Card {
  const one = asObject(action);
  return {
    title: asText(title),
    text: asText(text),
    address: asText(thumbnailImageUrl) ?? asText(imageUrl),
    taps: [...asObjects(actions), ...(one === null ? [] : [one])].map(tapOf),
  };
}

function flexOf(container: Given): readonly Drawn[] {
  const bubbles = container.type === "carousel" ? asObjects(container.contents) : [container];
  const cards = bubbles.map(bubbleOf);
  return cards.length === 0 ? [] : [{ kind: "cards", cards }];
}

/** Its words, pictures and buttons from the top to the bottom; where they stand beside each other isn't shown. */
function bubbleOf(bubble: Given): Card {
  const parts = ["header", "hero", "body", "footer"].flatMap((name) => partsOf(asObject(bubble[name])));
  const words = parts.filter(({ type }) => type === "text");
  const title = words.find(({ weight }) => weight === "bold");
  return {
    title: asText(title?.text),
    text: lines(...words.filter((part) => part !== title).map(({ text }) => asText(text))),
    address: asText(parts.find(({ type }) => type === "image" || type === "video")?.url),
    taps: parts.filter(({ type }) => type === "button").map(({ action }) => tapOf(asObject(action) ?? {})),
  };
}

/** A box may hold boxes; nothing of use lies deeper. */
const DEPTH_MAX = 8;

function partsOf(part: Given | null, depth = 0): readonly Given[] {
  if (part === null || depth > DEPTH_MAX) return [];
  return part.type === "box" ? asObjects(part.contents).flatMap((one) => partsOf(one, depth + 1)) : [part];
}

function tapOf(action: Given): Tap {
  const [data, text, uri] = [asText(action.data), asText(action.text), asText(action.uri)];
  const label = asText(action.label) ?? text ?? data ?? uri ?? "…";
  if (action.type === "postback" && data !== null) {
    return { label, order: { command: "taps", input: { data } }, address: null };
  }
  if (action.type === "message" && text !== null) {
    return { label, order: { command: "says", input: { text } }, address: null };
  }
  return { label, order: null, address: uri };
}
