import { readList, readObject, type WireObject } from "../../json.ts";
import { type Count, inUnits } from "../../shorten.ts";
import { BUBBLE_BYTES, CAROUSEL_BUBBLES, CAROUSEL_BYTES, sizeOf } from "../render/flex.ts";
import { QUICK_REPLY_ITEMS_MAX } from "../render/quick-replies.ts";
import { MESSAGES_PER_CALL } from "../render.ts";

/*
 * Validates messages before a reply token is used for them (LINE: Message objects). Only documented rules are checked:
 * unknown types and fields pass, and LINE decides. The simulator has these rules, too, and a few more.
 */

/** LINE counts a text message in UTF-16 code units, labels and templates in grapheme clusters. */
const graphemes = new Intl.Segmenter();
const inGraphemes: Count = (text) => (text.length <= 20 ? text.length : [...graphemes.segment(text)].length);

interface Rule {
  readonly required?: boolean;
  readonly max?: number;
  readonly count?: Count;
  readonly https?: boolean;
  readonly kind?: "text" | "number" | "object" | "list";
}

export const text = (max: number, count = inUnits): Rule => ({ required: true, kind: "text", max, count });
const present: Rule = { required: true, kind: "text" };
export const url: Rule = { required: true, kind: "text", max: 2_000, https: true };
const altText = text(1_500);

const MESSAGES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  text: { text: text(5_000) },
  textV2: { text: text(5_000) },
  sticker: { packageId: present, stickerId: present },
  image: { originalContentUrl: url, previewImageUrl: url },
  video: { originalContentUrl: url, previewImageUrl: url },
  audio: { originalContentUrl: url, duration: { required: true, kind: "number" } },
  location: {
    title: present,
    address: present,
    latitude: { required: true, kind: "number" },
    longitude: { required: true, kind: "number" },
  },
  imagemap: {
    baseUrl: url,
    altText,
    baseSize: { required: true, kind: "object" },
    actions: { required: true, kind: "list" },
  },
  template: { altText, template: { required: true, kind: "object" } },
  flex: { altText, contents: { required: true, kind: "object" } },
  coupon: { couponId: present },
};
export const MESSAGE_TYPES: readonly string[] = Object.keys(MESSAGES);

/** `text`: the limits without and with an image or a title. */
const TEMPLATES: Readonly<
  Record<string, { readonly text?: [wide: number, beside: number]; readonly actions?: number }>
> = {
  buttons: { text: [160, 60], actions: 4 },
  confirm: { text: [240, 240], actions: 2 },
};
const COLUMNS_MAX = 10;
const COLUMN = { text: [120, 60] as [number, number], actions: 3 };
const TITLE_MAX = 40;
const LABEL_MAX = 20;
const IMAGE_LABEL_MAX = 12;

const actions = (count: Count): Readonly<Record<string, Readonly<Record<string, Rule>>>> => ({
  postback: { data: text(300), displayText: { kind: "text", max: 300, count } },
  message: { text: text(300, count) },
  uri: { uri: text(1_000) },
});

export type MessageProblem = string | null;

/** The first thing that LINE would refuse, with its field; `null`: nothing known. */
export function problemWith(messages: readonly unknown[]): MessageProblem {
  return checkCount(messages) ?? first(messages, (message, index) => checkMessage(message, `messages[${index}]`));
}

export function checkCount({ length }: readonly unknown[]): MessageProblem {
  const isGood = length >= 1 && length <= MESSAGES_PER_CALL;
  return isGood ? null : `messages: read ${length} messages; allowed: 1 to ${MESSAGES_PER_CALL}`;
}

export function checkMessage(given: unknown, at: string): MessageProblem {
  const message = readObject(given);
  if (message === null) return `${at}: no object`;
  if (typeof message.type !== "string" || message.type === "") return `${at}.type: missing`;
  return (
    checkFields(message, MESSAGES[message.type] ?? {}, at) ??
    checkBlank(message, at) ??
    checkQuickReply(message.quickReply, `${at}.quickReply`) ??
    (message.type === "template" ? checkTemplate(readObject(message.template), `${at}.template`) : null) ??
    (message.type === "flex" ? checkFlex(readObject(message.contents), `${at}.contents`) : null)
  );
}

/** LINE refuses a text of white space alone. */
function checkBlank({ type, text }: WireObject, at: string): MessageProblem {
  const isText = type === "text" || type === "textV2";
  return isText && typeof text === "string" && text.trim() === "" ? `${at}.text: only white space` : null;
}

export function checkFields(object: WireObject, rules: Readonly<Record<string, Rule>>, at: string): MessageProblem {
  return first(Object.entries(rules), ([name, rule]) => checkField(object[name], rule, `${at}.${name}`));
}

function checkField(value: unknown, rule: Rule, at: string): MessageProblem {
  if (value === undefined || value === null || value === "") return rule.required ? `${at}: missing` : null;
  const { max = Number.POSITIVE_INFINITY } = rule;
  switch (rule.kind) {
    case "text": {
      if (typeof value !== "string") return `${at}: no text`;
      const length = (rule.count ?? inUnits)(value);
      if (length > max) return `${at}: ${length} characters; allowed: ${max}`;
      return rule.https && !/^https:\/\//i.test(value) ? `${at}: no https address` : null;
    }
    case "number":
      return typeof value === "number" ? null : `${at}: no number`;
    case "list":
      if (!Array.isArray(value)) return `${at}: no list`;
      return value.length > max ? `${at}: ${value.length}; allowed: ${max}` : null;
    case "object":
      return readObject(value) === null ? `${at}: no object` : null;
    case undefined:
      return null;
    default:
      return rule.kind satisfies never;
  }
}

function checkQuickReply(given: unknown, at: string): MessageProblem {
  if (given === undefined || given === null) return null;
  const items = readObject(given)?.items;
  if (!Array.isArray(items) || items.length < 1 || items.length > QUICK_REPLY_ITEMS_MAX) {
    return `${at}.items: ${Array.isArray(items) ? items.length : "no list"}; allowed: 1 to ${QUICK_REPLY_ITEMS_MAX}`;
  }
  return first(items, (item: unknown, index) => {
    const action = readObject(readObject(item)?.action);
    return checkAction(action, `${at}.items[${index}].action`);
  });
}

interface ActionLimits {
  readonly labelMax?: number;
  readonly isLabelRequired?: boolean;
  /** Of labels and of what a tap says. */
  readonly count?: Count;
}

export function checkAction(
  action: WireObject | null,
  at: string,
  { labelMax = LABEL_MAX, isLabelRequired = true, count = inGraphemes }: ActionLimits = {},
): MessageProblem {
  if (action === null) return `${at}: missing`;
  if (typeof action.type !== "string") return `${at}.type: missing`;
  const label: Rule = { kind: "text", max: labelMax, count, required: isLabelRequired };
  return checkFields(action, { label, ...actions(count)[action.type] }, at);
}

/** `count`: of texts, titles and labels. */
export function checkTemplate(template: WireObject | null, at: string, count = inGraphemes): MessageProblem {
  if (template === null || typeof template.type !== "string") return `${at}.type: missing`;
  if (template.type === "carousel") {
    return checkColumns(template, at, (column, place) => checkPanel(column, { ...COLUMN, count }, place));
  }
  if (template.type === "image_carousel") {
    return checkColumns(template, at, (column, place) => checkImageColumn(column, place, count));
  }
  const rules = TEMPLATES[template.type];
  if (rules === undefined) return null;
  const { actions: given } = template;
  if (template.type === "confirm" && Array.isArray(given) && given.length !== 2) {
    return `${at}.actions: ${given.length}; allowed: 2`;
  }
  return checkPanel(template, { ...rules, count }, at);
}

function checkColumns(
  { columns }: WireObject,
  at: string,
  check: (column: WireObject, at: string) => MessageProblem,
): MessageProblem {
  const wrong = checkField(columns, { required: true, kind: "list", max: COLUMNS_MAX }, `${at}.columns`);
  if (wrong !== null) return wrong;
  const all = (columns as readonly unknown[]).map((column) => readObject(column) ?? {});
  const actionsOf = ({ actions }: WireObject) => readList(actions).length;
  return first(all, (column, index) => {
    const place = `${at}.columns[${index}]`;
    const problem = check(column, place);
    if (problem !== null) return problem;
    const [wanted, found] = [actionsOf(all[0] ?? {}), actionsOf(column)];
    return found === wanted ? null : `${place}.actions: ${found}; the first column has ${wanted}, and all need as many`;
  });
}

function checkImageColumn(column: WireObject, at: string, count: Count): MessageProblem {
  const wrong = checkFields(column, { imageUrl: url, action: { required: true, kind: "object" } }, at);
  if (wrong !== null) return wrong;
  const limits = { labelMax: IMAGE_LABEL_MAX, isLabelRequired: false, count };
  return checkAction(readObject(column.action), `${at}.action`, limits);
}

interface PanelLimits {
  readonly text?: readonly [wide: number, beside: number];
  readonly actions?: number;
  readonly count: Count;
}

/** A buttons template, or one column of a carousel. */
function checkPanel(
  panel: WireObject,
  { text: limits = [160, 60], actions: actionsMax = 4, count }: PanelLimits,
  at: string,
): MessageProblem {
  const title = panel.title;
  const isBeside = (title ?? "") !== "" || (panel.thumbnailImageUrl ?? "") !== "";
  const rules = {
    text: text(isBeside ? limits[1] : limits[0], count),
    title: { kind: "text", max: TITLE_MAX, count },
    actions: { required: true, kind: "list", max: actionsMax },
  } as const;
  const wrong = checkFields(panel, rules, at);
  if (wrong !== null) return wrong;
  return first(panel.actions as readonly unknown[], (action, index) =>
    checkAction(readObject(action), `${at}.actions[${index}]`, { count }),
  );
}

function checkFlex(contents: WireObject | null, at: string): MessageProblem {
  if (contents === null) return null;
  const bytes = sizeOf(contents);
  if (contents.type === "bubble" && bytes > BUBBLE_BYTES) {
    return `${at}: ${bytes} bytes; allowed: ${BUBBLE_BYTES}`;
  }
  if (contents.type !== "carousel") return null;
  if (bytes > CAROUSEL_BYTES) return `${at}: ${bytes} bytes; allowed: ${CAROUSEL_BYTES}`;
  return checkField(contents.contents, { required: true, kind: "list", max: CAROUSEL_BUBBLES }, `${at}.contents`);
}

export function first<T>(all: readonly T[], check: (one: T, index: number) => MessageProblem): MessageProblem {
  for (const [index, one] of all.entries()) {
    const problem = check(one, index);
    if (problem !== null) return problem;
  }
  return null;
}
