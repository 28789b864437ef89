import { readObject, type WireObject } from "../../json.ts";

/**
 * What LINE refuses beyond missing fields (LINE: Messaging API reference, "Message objects"; Flex Message). Lengths are
 * counted as LINE counts: a text in UTF-16 units; labels, titles and what a tap says in grapheme clusters; flex in bytes.
 */
export interface Complaint {
  readonly message: string;
  readonly property: string;
}

type Unit = "units" | "graphemes";
type Check = (value: unknown, at: string) => readonly Complaint[];

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function length(text: string, unit: Unit): number {
  return unit === "units" ? text.length : [...graphemes.segment(text)].length;
}

function atMost(limit: number, unit: Unit): Check {
  return (value, property) =>
    typeof value === "string" && length(value, unit) > limit
      ? [{ message: `Length must be between 0 and ${limit}`, property }]
      : [];
}

const notEmpty: Check = (value, property) =>
  typeof value === "string" && value.trim() !== "" ? [] : [{ message: "May not be empty", property }];

function count(most: number): Check {
  return (value, property) =>
    Array.isArray(value) && value.length >= 1 && value.length <= most
      ? []
      : [{ message: `Size must be between 1 and ${most}`, property }];
}

const httpsUrl: Check = (value, property) =>
  typeof value === "string" && value.startsWith("https://") && value.length <= 2_000
    ? []
    : [{ message: "Must be a valid HTTPS URL of at most 2000 characters", property }];

const SCHEME = /^(https?:\/\/|line:\/\/|tel:)/;

function action(labelLimit: number): Check {
  return (value, at) => {
    const { type, label, data, displayText, text, uri } = readObject(value) ?? {};
    const isUriWrong = type === "uri" && !(typeof uri === "string" && SCHEME.test(uri) && uri.length <= 1_000);
    return [
      ...notEmpty(label, `${at}.label`),
      ...atMost(labelLimit, "graphemes")(label, `${at}.label`),
      ...atMost(300, "units")(data, `${at}.data`),
      ...atMost(300, "graphemes")(displayText, `${at}.displayText`),
      ...atMost(300, "graphemes")(text, `${at}.text`),
      ...(isUriWrong ? [{ message: "Invalid URI", property: `${at}.uri` }] : []),
    ];
  };
}

function each(list: unknown, at: string, check: Check): readonly Complaint[] {
  return Array.isArray(list) ? list.flatMap((item: unknown, index) => check(item, `${at}[${index}]`)) : [];
}

function checkQuickReply(given: unknown, at: string): readonly Complaint[] {
  if (given === undefined) return [];
  const items = readObject(given)?.items;
  const item: Check = (value, place) => action(20)(readObject(value)?.action, `${place}.action`);
  return [...count(13)(items, `${at}.items`), ...each(items, `${at}.items`, item)];
}

function checkTemplate(given: unknown, at: string): readonly Complaint[] {
  const { type, text, title, actions, columns, thumbnailImageUrl } = readObject(given) ?? {};
  const isNarrow = title !== undefined || thumbnailImageUrl !== undefined;
  const titled = atMost(40, "graphemes")(title, `${at}.title`);
  const said = (most: number) => atMost(most, "graphemes")(text, `${at}.text`);
  const acting = (most: number) => [
    ...count(most)(actions, `${at}.actions`),
    ...each(actions, `${at}.actions`, action(20)),
  ];
  switch (type) {
    case "buttons":
      return [...titled, ...said(isNarrow ? 60 : 160), ...acting(4)];
    case "confirm":
      return [...said(240), ...acting(2)];
    case "carousel":
      return [...count(10)(columns, `${at}.columns`), ...each(columns, `${at}.columns`, checkColumn)];
    default:
      return [];
  }
}

const checkColumn: Check = (given, at) => {
  const { text, title, actions } = readObject(given) ?? {};
  return [
    ...atMost(40, "graphemes")(title, `${at}.title`),
    ...atMost(title === undefined ? 120 : 60, "graphemes")(text, `${at}.text`),
    ...count(3)(actions, `${at}.actions`),
    ...each(actions, `${at}.actions`, action(20)),
  ];
};

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

function checkFlex(given: unknown, at: string): readonly Complaint[] {
  const { type, contents } = readObject(given) ?? {};
  if (type !== "carousel") return checkBubble(given, at);
  const tooBig = bytes(given) > 50 * 1024 ? [{ message: "The carousel is larger than 50 KB", property: at }] : [];
  return [...tooBig, ...count(12)(contents, `${at}.contents`), ...each(contents, `${at}.contents`, checkBubble)];
}

const checkBubble: Check = (given, at) => {
  const tooBig = bytes(given) > 30 * 1024 ? [{ message: "The bubble is larger than 30 KB", property: at }] : [];
  const blocks = Object.entries(readObject(given) ?? {}).flatMap(([name, block]) =>
    checkComponent(block, `${at}.${name}`),
  );
  return [...tooBig, ...blocks];
};

function checkComponent(given: unknown, at: string): readonly Complaint[] {
  const component = readObject(given) ?? {};
  switch (component.type) {
    case "box":
      return each(component.contents, `${at}.contents`, checkComponent);
    case "text":
      return component.contents === undefined ? notEmpty(component.text, `${at}.text`) : [];
    case "button":
      return action(40)(component.action, `${at}.action`);
    case "image":
      return httpsUrl(component.url, `${at}.url`);
    default:
      return [];
  }
}

/** By kind of message. What isn't named here has no limit that the simulator knows. */
const BY_KIND: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  text: { text: atMost(5_000, "units") },
  image: { originalContentUrl: httpsUrl, previewImageUrl: httpsUrl },
  video: { originalContentUrl: httpsUrl, previewImageUrl: httpsUrl },
  audio: { originalContentUrl: httpsUrl },
  location: { title: atMost(100, "units"), address: atMost(100, "units") },
  template: { altText: atMost(1_500, "units"), template: checkTemplate },
  flex: { altText: atMost(1_500, "units"), contents: checkFlex },
};

/** What LINE finds too long, too many or malformed in one message. */
export function checkLimits(message: WireObject, at: string): readonly Complaint[] {
  const checks = Object.entries(BY_KIND[String(message.type)] ?? {});
  return [
    ...checks.flatMap(([field, check]) =>
      message[field] === undefined ? [] : check(message[field], `${at}.${field}`),
    ),
    ...checkQuickReply(message.quickReply, `${at}.quickReply`),
  ];
}
