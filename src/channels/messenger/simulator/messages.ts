import { readList, readObject, readText, type WireObject } from "../../json.ts";

/** What the Send API says of a message that it doesn't take; `null` for one that it takes. */
export function problemOf(message: WireObject): string | null {
  const { text, attachment, quick_replies: quickReplies, metadata } = message;
  const given = readObject(attachment);
  if ((typeof text === "string") === (given !== null)) return "Param message must have text or an attachment";
  if (typeof text === "string" && (text.trim() === "" || text.length >= 2_000)) {
    return "Length of param message[text] must be less than 2000 characters, and not empty";
  }
  if (typeof metadata === "string" && metadata.length > 1_000) return "Param message[metadata] is too long";
  return quickReplyProblem(quickReplies) ?? (given === null ? null : attachmentProblem(given));
}

function quickReplyProblem(given: unknown): string | null {
  if (given === undefined) return null;
  const replies = readList(given).map(readObject);
  if (replies.length === 0 || replies.length > 13) return "Param message[quick_replies] must have 1 to 13 elements";
  const isGood = replies.every((reply) => {
    const { content_type: type, title, payload } = reply ?? {};
    return type === "text" && isTitle(title) && isShort(payload, 1_000);
  });
  return isGood ? null : "Param message[quick_replies] is invalid";
}

const MEDIA: ReadonlySet<unknown> = new Set(["image", "video", "audio", "file"]);

function attachmentProblem({ type, payload: given }: WireObject): string | null {
  const payload = readObject(given) ?? {};
  if (MEDIA.has(type)) {
    const isGood = URL.canParse(readText(payload.url) ?? "") || readText(payload.attachment_id) !== null;
    return isGood ? null : "Param message[attachment][payload] must have a url";
  }
  if (type !== "template") return "Param message[attachment][type] is invalid";
  if (payload.template_type === "button") {
    return isShort(payload.text, 640) && areButtons(payload.buttons, 1) ? null : "The button template is invalid";
  }
  if (payload.template_type !== "generic") return "Param template_type is invalid";
  const elements = readList(payload.elements).map(readObject);
  const isGood = elements.length >= 1 && elements.length <= 10 && elements.every(isElement);
  return isGood ? null : "The generic template is invalid";
}

function isElement(element: WireObject | null): boolean {
  if (element === null || !isShort(element.title, 80)) return false;
  const { subtitle, image_url: image, buttons } = element;
  if (subtitle === undefined && image === undefined && buttons === undefined) return false;
  return (subtitle === undefined || isShort(subtitle, 80)) && (buttons === undefined || areButtons(buttons, 1));
}

function areButtons(given: unknown, least: number): boolean {
  const buttons = readList(given).map(readObject);
  return (
    buttons.length >= least &&
    buttons.length <= 3 &&
    buttons.every((button) => {
      const { type, title, payload, url } = button ?? {};
      if (!isTitle(title)) return false;
      return type === "postback" ? isShort(payload, 1_000) : type === "web_url" && URL.canParse(readText(url) ?? "");
    })
  );
}

function isShort(value: unknown, limit: number): boolean {
  return typeof value === "string" && value !== "" && value.length <= limit;
}

/** Of a button or a quick reply: something to read. */
function isTitle(value: unknown): boolean {
  return isShort(value, 20) && String(value).trim() !== "";
}
