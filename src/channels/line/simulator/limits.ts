import { readList, readObject, type WireObject } from "../../json.ts";
import { isBlank } from "../../render.ts";
import { inCodePoints } from "../../shorten.ts";
import { BUBBLE_BYTES, sizeOf } from "../render/flex.ts";
import { checkAction, checkFields, checkTemplate, first, type MessageProblem, text, url } from "../send/check.ts";

/**
 * What LINE refuses beyond what the gateway looks for before it sends (LINE: Messaging API reference, "Message objects";
 * Flex Message): lists without an entry, blank labels, URIs of another scheme, long places, and what is inside a flex
 * message. Labels, titles and templates are counted in code points: so LINE was measured to count, whatever its manual says,
 * and what is within that count is within the manual's.
 */
export function checkLimits(message: WireObject, at: string): MessageProblem {
  const { items } = readObject(message.quickReply) ?? {};
  const problem = first(readList(items), (item, index) =>
    checkTap(readObject(item)?.action, `${at}.quickReply.items[${index}].action`),
  );
  if (problem !== null) return problem;
  switch (message.type) {
    case "sticker":
      // Both are numbers (LINE: List of available stickers). Of one that it doesn't have, LINE names the message only.
      return [message.packageId, message.stickerId].every((id) => /^\d+$/.test(String(id)))
        ? null
        : `${at}: no such sticker`;
    case "location":
      return checkFields(message, { title: text(100), address: text(100) }, at);
    case "template":
      return checkTemplateLimits(readObject(message.template) ?? {}, `${at}.template`);
    case "flex":
      return checkContainer(readObject(message.contents) ?? {}, `${at}.contents`);
    default:
      return null;
  }
}

function eachOf(list: unknown, at: string, check: (item: unknown, at: string) => MessageProblem): MessageProblem {
  const items = readList(list);
  return items.length === 0
    ? `${at}: Size must be at least 1`
    : first(items, (item, index) => check(item, `${at}[${index}]`));
}

const SCHEME = /^(https?:\/\/|line:\/\/|tel:)/;

function checkTap(given: unknown, at: string, labelMax = 20): MessageProblem {
  const action = readObject(given) ?? {};
  const { type, label, uri } = action;
  if (typeof label !== "string" || isBlank(label)) return `${at}.label: May not be empty`;
  if (type === "uri" && !SCHEME.test(String(uri))) return `${at}.uri: Invalid URI`;
  return checkAction(action, at, { labelMax, count: inCodePoints });
}

function checkTemplateLimits(template: WireObject, at: string): MessageProblem {
  const { type, actions, columns } = template;
  const problem = checkTemplate(template, at, inCodePoints);
  if (problem !== null) return problem;
  if (type === "carousel") {
    return eachOf(columns, `${at}.columns`, (column, place) =>
      eachOf(readObject(column)?.actions, `${place}.actions`, checkTap),
    );
  }
  return type === "buttons" || type === "confirm" ? eachOf(actions, `${at}.actions`, checkTap) : null;
}

function checkContainer(container: WireObject, at: string): MessageProblem {
  return container.type === "carousel"
    ? eachOf(container.contents, `${at}.contents`, checkBubble)
    : checkBubble(container, at);
}

function checkBubble(given: unknown, at: string): MessageProblem {
  if (sizeOf(given) > BUBBLE_BYTES) return `${at}: The bubble is larger than 30 KB`;
  return first(Object.entries(readObject(given) ?? {}), ([name, block]) => checkComponent(block, `${at}.${name}`));
}

const BUTTON_LABEL_MAX = 40;

function checkComponent(given: unknown, at: string): MessageProblem {
  const component = readObject(given) ?? {};
  switch (component.type) {
    case "box":
      return first(readList(component.contents), (inner, index) => checkComponent(inner, `${at}.contents[${index}]`));
    case "text":
      return component.contents === undefined && isBlank(String(component.text ?? ""))
        ? `${at}.text: May not be empty`
        : null;
    case "button":
      return checkTap(component.action, `${at}.action`, BUTTON_LABEL_MAX);
    case "image":
      return checkFields(component, { url }, at);
    default:
      return null;
  }
}
