import {
  type EventContent,
  type EventEffect,
  type InboundMessage,
  quoting,
  type Revision,
} from "../../../core/event.ts";
import { readList, readObject, readText, type WireObject } from "../../json.ts";
import { textOfContacts, textOfLocation, textOfSticker, textOfType } from "../../message-text.ts";
import { COMMON_MESSAGE_FIELDS, CONTENT_TYPES, STORED_ONLY_TYPES } from "../wire.ts";

export interface Content {
  readonly type: string;
  readonly content: EventContent;
}

/** Type and content of a message, and which message it quotes or whose button was tapped (`context.id`). */
export function readContent(message: WireObject): Content {
  const { type, content } = readOwnContent(message);
  return { type, content: { ...quoting(readText(readObject(message.context)?.id)), ...content } };
}

/** A type without its own object is `other`: it has no content for the agent. */
function readOwnContent(message: WireObject): Content {
  const type = readText(message.type);
  if (type === "interactive") return readInteractiveReply(readObject(message.interactive)) ?? other(message);
  if (type === "button") return readTemplateButton(readObject(message.button)) ?? other(message);
  if (type === "edit") return readEdited(readObject(message.edit)) ?? other(message);
  if (type === "revoke") return { type: "unsend", content: { details: details(message) } };
  if (type === "unsupported") return { type: "message", content: { message: readMessage(message, {}) } };
  if (type !== null && STORED_ONLY_TYPES.has(type)) return { type, content: { details: details(message) } };
  if (type !== null && CONTENT_TYPES.has(type)) {
    const own = message[type];
    if (type === "contacts") {
      if (Array.isArray(own)) return { type: "message", content: { message: readMessage(message, {}) } };
    } else {
      const part = readObject(own);
      if (part !== null) return { type: "message", content: { message: readMessage(message, part) } };
    }
  }
  return other(message);
}

/** The edited message in full, under its own id. */
function readEdited(edit: WireObject | null): Content | null {
  const message = readObject(edit?.message);
  if (message === null) return null;
  const { content } = readContent({ ...message, id: edit?.original_message_id });
  return content.message === undefined ? null : { type: "messageEdited", content };
}

/** What an `edit` or `revoke` does to an earlier message (Cloud API: Edit messages, Revoke messages; 2026). */
export function readRevision(message: WireObject, type: string, sentAt: number): Revision | null {
  if (type !== "messageEdited" && type !== "unsend") return null;
  const of = readText(readObject(type === "unsend" ? message.revoke : message.edit)?.original_message_id);
  if (of === null) return null;
  return type === "unsend" ? { kind: "retract", of } : { kind: "edit", of, version: sentAt };
}

export function effectOf(type: string): EventEffect {
  if (type === "message") return "collect";
  // No debounce for a tapped button or a filled-in form: no further parts follow.
  return type === "postback" ? "collect-now" : "store";
}

function other(message: WireObject): Content {
  return { type: "other", content: { details: details(message) } };
}

function details(message: WireObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(message).filter(([field]) => !COMMON_MESSAGE_FIELDS.has(field)));
}

/** Lifts the fields of the type's own object to the message, beside `context`, `referral` and `errors`. */
function readMessage(message: WireObject, part: WireObject): InboundMessage {
  const type = readText(message.type) ?? "other";
  const { [type]: own, text: _, ...beside } = details(message) as WireObject;
  const { body, text: orderText, ...fields } = part;
  const written = readText(type === "text" ? body : type === "order" ? orderText : part.caption);
  const text = written ?? textOf(type, part, own);
  return {
    ...beside,
    ...(type === "contacts" ? { contacts: own } : fields),
    ...mediaId(type, part),
    id: readText(message.id) ?? "",
    type,
    ...(text === null ? {} : { text }),
  };
}

/** What a message without a text says. `own`: its part where that is a list. */
function textOf(type: string, part: WireObject, own: unknown): string | null {
  switch (type) {
    case "sticker":
      return textOfSticker();
    case "location":
      return textOfLocation([part.name, part.address], part.latitude, part.longitude);
    case "contacts":
      return textOfContacts(readList(own));
    default:
      return textOfType(type);
  }
}

/** The media id, which must not overwrite the message's id. */
function mediaId(type: string, part: WireObject): { mediaId?: string } {
  const id = readText(part.id);
  return id === null || type === "order" ? {} : { mediaId: id };
}

/** `button_reply`, `list_reply` and the answers of a flow's form (`nfm_reply`) as postbacks. */
function readInteractiveReply(interactive: WireObject | null): Content | null {
  const tapped = readObject(interactive?.button_reply) ?? readObject(interactive?.list_reply);
  const data = readText(tapped?.id);
  if (data !== null) return postback(data, { title: tapped?.title, description: tapped?.description });
  const form = readObject(interactive?.nfm_reply);
  const answers = readText(form?.response_json);
  if (answers !== null) return postback(answers, { name: form?.name, body: form?.body });
  return null;
}

/** A quick reply button of a template. */
function readTemplateButton(button: WireObject | null): Content | null {
  const data = readText(button?.payload) ?? readText(button?.text);
  return data === null ? null : postback(data, { title: button?.text });
}

function postback(data: string, given: Readonly<Record<string, unknown>>): Content {
  const params = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
  return { type: "postback", content: { postback: Object.keys(params).length === 0 ? { data } : { data, params } } };
}
