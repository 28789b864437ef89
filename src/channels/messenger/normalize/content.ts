import type { EventContent, InboundMessage } from "../../../core/event.ts";
import { readId, readObject, readText, type WireObject } from "../../json.ts";
import { kindOf, readAttachments } from "../wire.ts";

interface ItemContent {
  readonly type: string;
  readonly content: EventContent;
  /** The platform's id of this event; `null` where it has none, or only that of another message. */
  readonly mid: string | null;
}

/** Normalized content of an item. A known kind without its own object is `other`: it has no content for the agent. */
export function readContent(item: WireObject): ItemContent {
  const kind = kindOf(item);
  const part = kind === null ? null : readObject(item[kind]);
  if (kind === null || part === null) return { type: "other", content: details(item), mid: null };
  switch (kind) {
    case "message":
      return readMessage(part);
    case "postback":
      return { type: "postback", content: readPostback(part), mid: readText(part.mid) };
    case "message_edit":
      // Its `mid` is that of the edited message.
      return { type: "messageEdited", content: { details: { ...part } }, mid: null };
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

function readMessage(message: WireObject): ItemContent {
  const mid = readText(message.mid);
  if (message.is_echo === true) return { type: "echo", content: { message: toMessage(message) }, mid };
  const tapped = readObject(message.quick_reply);
  const data = readText(tapped?.payload);
  // A tapped quick reply is a postback, as on every platform; the button's label is its title.
  if (data !== null) return { type: "postback", content: { postback: { data, ...titled(message.text) } }, mid };
  return { type: "message", content: { message: toMessage(message) }, mid };
}

function toMessage({ mid, text, ...rest }: WireObject): InboundMessage {
  const attachments = readAttachments(rest);
  // Until 2026-08-30 a sticker had two attachments, the sticker and its image (Messenger: Changelog).
  const sticker = attachments.find(({ stickerId }) => stickerId !== null);
  const first = sticker ?? attachments[0];
  const quoted = readText(readObject(rest.reply_to)?.mid);
  return {
    ...rest,
    id: readText(mid) ?? "",
    type: sticker !== undefined ? "sticker" : typeof text === "string" ? "text" : (first?.type ?? "other"),
    ...(typeof text === "string" ? { text } : {}),
    ...(first?.url == null ? {} : { url: first.url }),
    ...(sticker?.stickerId == null ? {} : { stickerId: sticker.stickerId }),
    ...(quoted === null ? {} : { quotedMessageId: quoted }),
  };
}

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
