/** What a person on a phone can do besides writing, in each platform's own form. */
import type { Played } from "./addresses.ts";
import type { Order } from "./drawn.ts";

export interface Extras {
  readonly sticker: Order;
  readonly image: Order;
}

const NO_EXTRAS: Readonly<Record<string, never>> = {};

const EXTRAS: Readonly<Record<string, Extras>> = {
  line: {
    sticker: { command: "sends", input: { message: { type: "sticker", packageId: "446", stickerId: "1988" } } },
    image: { command: "sends", input: { message: { type: "image", contentProvider: { type: "line" } } } },
  },
  messenger: {
    sticker: messengerAttachment("sticker", { url: "https://cdn.invalid/sticker.png", sticker_id: 369239263222822 }),
    image: messengerAttachment("image", { url: "https://cdn.invalid/picture.jpg" }),
  },
  whatsapp: {
    sticker: { command: "sends", input: { type: "sticker", content: { id: "1988", mime_type: "image/webp" } } },
    image: { command: "sends-media", input: { type: "image", content: "a picture", mimeType: "image/jpeg" } },
  },
};

function messengerAttachment(type: string, payload: Readonly<Record<string, unknown>>): Order {
  return { command: "sends", input: { message: { attachments: [{ type, payload }] } } };
}

/** Those that the platform's simulator has a command for. */
export function extrasOf(channel: string, commands: readonly string[]): Partial<Extras> {
  const extras = Object.hasOwn(EXTRAS, channel) ? EXTRAS[channel] : undefined;
  if (extras === undefined) return NO_EXTRAS;
  const { sticker, image } = extras;
  return {
    ...(commands.includes(sticker.command) && { sticker }),
    ...(commands.includes(image.command) && { image }),
  };
}

export function says(text: string): Order {
  return { command: "says", input: { text } };
}

/** An order with the one who gives it. */
export function orderOf({ command, input }: Order, { peerId, groupId }: Played): Order {
  return { command, input: { ...input, peerId, ...(groupId === null ? {} : { groupId }) } };
}
