/** Messages of the Send API, and those that people send on Messenger. */
import { type Card, type Drawn, MEDIA, type Tap, texts } from "./drawn.ts";
import { asObject, asObjects, asText, type Given } from "./given.ts";

export function drawnOfMessenger(message: Given): readonly Drawn[] {
  const postback = asObject(message.postback);
  if (postback !== null) return texts(asText(postback.title) ?? asText(postback.payload));
  const one = asObject(message.attachment);
  const attachments = [...(one === null ? [] : [one]), ...asObjects(message.attachments)];
  const taps = asObjects(message.quick_replies).map(pickOf);
  return [
    ...texts(asText(message.text)),
    ...attachments.flatMap(attachmentOf),
    ...(taps.length > 0 ? [{ kind: "quickReplies", taps } as const] : []),
  ];
}

function attachmentOf({ type, payload }: Given): readonly Drawn[] {
  const given = asObject(payload) ?? {};
  const sticker = asText(given.sticker_id);
  if (sticker !== null) return [{ kind: "sticker", number: sticker }];
  const media = MEDIA.find((one) => one === type);
  if (media !== undefined) return [{ kind: "media", media, address: asText(given.url), name: null }];
  if (type !== "template") return [];
  if (given.template_type === "button") {
    return [...texts(asText(given.text)), { kind: "buttons", taps: asObjects(given.buttons).map(tapOf) }];
  }
  const cards = asObjects(given.elements).map(cardOf);
  return cards.length === 0 ? [] : [{ kind: "cards", cards }];
}

function cardOf({ title, subtitle, image_url: address, buttons }: Given): Card {
  return {
    title: asText(title),
    text: asText(subtitle),
    address: asText(address),
    taps: asObjects(buttons).map(tapOf),
  };
}

function tapOf({ type, title, payload, url }: Given): Tap {
  const [label, data, address] = [asText(title) ?? "…", asText(payload), asText(url)];
  if (type !== "postback" || data === null) return { label, order: null, address };
  return { label, order: { command: "taps", input: { data, title: label } }, address: null };
}

function pickOf({ title, payload }: Given): Tap {
  const [label, data] = [asText(title) ?? "…", asText(payload)];
  if (data === null) return { label, order: null, address: null };
  return { label, order: { command: "picks", input: { data, title: label } }, address: null };
}
