import { readList, readObject, type WireObject } from "../../json.ts";
import { isBlank } from "../../render.ts";
import { BUBBLE_BYTES, sizeOf } from "../render/flex.ts";
import { checkAction, checkFields, first, type Problem, text, url } from "../send/check.ts";

/**
 * What LINE refuses beyond what the gateway looks for before it sends (LINE: Messaging API reference, "Message objects";
 * Flex Message): lists without an entry, blank labels, URIs of another scheme, long places, and what is inside a flex
 * message.
 */
export function checkLimits(message: WireObject, at: string): Problem {
  const { items } = readObject(message.quickReply) ?? {};
  const problem = first(readList(items), (item, index) =>
    checkTap(readObject(item)?.action, `${at}.quickReply.items[${index}].action`),
  );
  if (problem !== null) return problem;
  switch (message.type) {
    case "location":
      return checkFields(message, { title: text(100), address: text(100) }, at);
    case "template":
      return checkTemplate(readObject(message.template) ?? {}, `${at}.template`);
    case "flex":
      return checkContainer(readObject(message.contents) ?? {}, `${at}.contents`);
    default:
      return null;
  }
}

function eachOf(list: unknown, at: string, check: (item: unknown, at: string) => Problem): Problem {
  const items = readList(list);
  return items.length === 0
    ? `${at}: Size must be at least 1`
    : first(items, (item, index) => check(item, `${at}[${index}]`));
}

const SCHEME = /^(https?:\/\/|line:\/\/|tel:)/;

function checkTap(given: unknown, at: string): Problem {
  const { type, label, uri } = readObject(given) ?? {};
  if (typeof label !== "string" || isBlank(label)) return `${at}.label: May not be empty`;
  return type === "uri" && !SCHEME.test(String(uri)) ? `${at}.uri: Invalid URI` : null;
}

function checkTemplate({ type, actions, columns }: WireObject, at: string): Problem {
  if (type === "carousel") {
    return eachOf(columns, `${at}.columns`, (column, place) =>
      eachOf(readObject(column)?.actions, `${place}.actions`, checkTap),
    );
  }
  return type === "buttons" || type === "confirm" ? eachOf(actions, `${at}.actions`, checkTap) : null;
}

function checkContainer(container: WireObject, at: string): Problem {
  return container.type === "carousel"
    ? eachOf(container.contents, `${at}.contents`, checkBubble)
    : checkBubble(container, at);
}

function checkBubble(given: unknown, at: string): Problem {
  if (sizeOf(given) > BUBBLE_BYTES) return `${at}: The bubble is larger than 30 KB`;
  return first(Object.entries(readObject(given) ?? {}), ([name, block]) => checkComponent(block, `${at}.${name}`));
}

const BUTTON_LABEL_MAX = 40;

function checkComponent(given: unknown, at: string): Problem {
  const component = readObject(given) ?? {};
  switch (component.type) {
    case "box":
      return first(readList(component.contents), (inner, index) => checkComponent(inner, `${at}.contents[${index}]`));
    case "text":
      return component.contents === undefined && isBlank(String(component.text ?? ""))
        ? `${at}.text: May not be empty`
        : null;
    case "button": {
      const action = readObject(component.action);
      return checkAction(action, `${at}.action`, BUTTON_LABEL_MAX) ?? checkTap(action, `${at}.action`);
    }
    case "image":
      return checkFields(component, { url }, at);
    default:
      return null;
  }
}
