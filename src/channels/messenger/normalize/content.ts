import { type EventContent, type InboundMessage, quoting } from "../../../core/event.ts";
import { readId, readList, readObject, readText, type WireObject } from "../../json.ts";
import { textOfLocation, textOfSticker, textOfType } from "../../message-text.ts";
import { itemKindOf, readAttachments } from "../wire.ts";

interface ItemContent {
  readonly type: string;
  readonly content: EventContent;
  /** The platform's id of this event; `null` where it has none, or only that of another message. */
  readonly mid: string | null;
}

/** Normalized content of an item. A known kind without its own object is `other`: it has no content for the agent. */
export function readContent(item: WireObject): ItemContent {
  const kind = itemKindOf(item);
  const part = kind === null ? null : readObject(item[kind]);
  if (kind === null || part === null) return { type: "other", content: details(item), mid: null };
  switch (kind) {
    case "message":
      return readMessage(part);
    case "postback":
      return { type: "postback", content: readPostback(part), mid: readText(part.mid) };
    case "message_edit":
      return { type: "messageEdited", content: readEdited(part), mid: null };
    case "reaction":
    case "referral":
    case "optin":
      return { type: kind, content: { details: { ...part } }, mid: null };
    case "pass_thread_control":
    case "take_thread_control":
    case "request_thread_control":
    case "app_roles":
      return { type: "handover", content: { details: { kind, ...part } }, mid: null };
    default:
      return { type: kind, content: details(item), mid: null };
  }
}

/** Its `mid` is that of the edited message. Without a text there is nothing that the message could say now. */
function readEdited(edit: WireObject): EventContent {
  return readText(edit.text) === null ? { details: { ...edit } } : { message: toMessage(edit) };
}

function readMessage(message: WireObject): ItemContent {
  const mid = readText(message.mid);
  const quoted = quoting(readText(readObject(message.reply_to)?.mid));
  if (message.is_echo === true) return { type: "echo", content: { ...quoted, message: toMessage(message) }, mid };
  const tapped = readObject(message.quick_reply);
  const data = readText(tapped?.payload);
  // A tapped quick reply is a postback, as on every platform; the button's label is its title.
  const postback = data === null ? null : { data, ...titled(message.text) };
  if (postback !== null) return { type: "postback", content: { ...quoted, postback }, mid };
  return { type: "message", content: { ...quoted, message: toMessage(message) }, mid };
}

function toMessage({ mid, text, ...rest }: WireObject): InboundMessage {
  const attachments = readAttachments(rest);
  // Until 2026-08-30 a sticker had two attachments, the sticker and its image (Messenger: Changelog).
  const sticker = attachments.find(({ stickerId }) => stickerId !== null);
  const first = sticker ?? attachments[0];
  const type = sticker !== undefined ? "sticker" : readText(text) !== null ? "text" : (first?.type ?? "other");
  const words =
    readText(text) ?? textOf(type, readObject(readList(rest.attachments)[0]) ?? {}, sticker?.stickerId ?? null);
  return {
    ...rest,
    id: readText(mid) ?? "",
    type,
    ...(words === null ? {} : { text: words }),
    ...(first?.url == null ? {} : { url: first.url }),
    ...(sticker?.stickerId == null ? {} : { stickerId: sticker.stickerId }),
  };
}

/** What a message without a text says. */
function textOf(type: string, attachment: WireObject, stickerId: string | null): string | null {
  if (type === "sticker") return textOfSticker(THUMBS.has(stickerId ?? "") ? ["👍"] : []);
  const payload = readObject(attachment.payload) ?? {};
  const title = readText(attachment.title) ?? readText(payload.title);
  if (type === "location") {
    const { lat, long } = readObject(payload.coordinates) ?? {};
    return textOfLocation([title], lat, long);
  }
  const words = textOfType(type === "fallback" ? "link" : type);
  const url = readText(attachment.url) ?? readText(payload.url);
  return words === null ? null : [words, title, url].filter((part) => part !== null).join(" ");
}

/** The thumb in its three sizes, which a person sends by one tap. */
const THUMBS: ReadonlySet<string> = new Set(["369239263222822", "369239343222814", "369239383222810"]);

/** In standby a postback has no payload (Messenger: standby channel). */
function readPostback(postback: WireObject): EventContent {
  const data = readText(postback.payload);
  if (data === null) return { details: { ...postback } };
  const referral = readObject(postback.referral) ?? {};
  const words = Object.entries(referral).flatMap(([field, value]): [string, string][] => {
    const word = readId(value);
    return word === null ? [] : [[`referral.${field}`, word]];
  });
  const { params = {} } = titled(postback.title);
  const all = { ...params, ...Object.fromEntries(words) };
  return { postback: { data, ...(Object.keys(all).length === 0 ? {} : { params: all }) } };
}

function titled(title: unknown): { readonly params?: Readonly<Record<string, string>> } {
  const word = readText(title);
  return word === null ? {} : { params: { title: word } };
}

const COMMON: ReadonlySet<string> = new Set(["sender", "recipient", "timestamp"]);

function details(item: WireObject): EventContent {
  const fields = Object.entries(item).filter(([field]) => !COMMON.has(field));
  return fields.length === 0 ? {} : { details: Object.fromEntries(fields) };
}
