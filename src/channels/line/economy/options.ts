import { Misconfigured } from "../../../core/errors.ts";

/** When the read mark is set: where LINE doesn't set it by itself, always, or never. */
export type ReadMode = "auto" | "always" | "never";

/** What the gateway itself says around a button. Texts up to 160 characters, labels up to 20. */
export interface NoticeTexts {
  /** Beside the first button, when the agent is slow. */
  readonly offer: string;
  /** Beside the next one, when somebody tapped and there is no answer yet. */
  readonly working: string;
  /** On these buttons. */
  readonly show: string;
  /** On the button under a part of an answer. */
  readonly more: string;
  readonly told: string;
  readonly failed: string;
  readonly expired: string;
  readonly notYours: string;
}

const TEXTS: NoticeTexts = {
  offer: "⏳ This takes a little longer. Tap the button to see the answer.",
  working: "⏳ Still working. Tap the button again in a moment.",
  show: "Show the answer",
  more: "More",
  told: "✔ The answer is above.",
  failed: "There is no answer this time. Please write again.",
  expired: "This button has expired. Please write again.",
  notYours: "This answer is for the person who asked.",
};

/** LINE: a template's action label holds 20 characters, a buttons template's text 160 (Messaging API reference). */
const LABEL_LIMIT = 20;
const TEXT_LIMIT = 160;

/** How one LINE channel saves its paid messages and shows that it is at work. */
export interface LineEconomyOptions {
  /**
   * What to do when the agent is still at work shortly before the turn's last free reply token dies. `push` (default):
   * pay when the answer is there. `button`: spend the token on a button; the tap brings a fresh one for the answer.
   */
  readonly slowReply?: "push" | "button";
  /** How long after a reply token came it is spent on the button, in ms. Default 40 000, at least 100. */
  readonly slowReplyAfterMs?: number;
  /** Whether groups and rooms get buttons too. Default false. */
  readonly slowReplyInGroups?: boolean;
  /** How long an answer waits for the tap before it is pushed and paid for, in ms. Default `null`: for ever. */
  readonly buttonPushAfterMs?: number | null;
  /** How long a button whose answer never came is good for, in ms. Default one day. */
  readonly buttonExpiresAfterMs?: number;
  /** Our own words around a button. Default: English. */
  readonly noticeTexts?: Partial<NoticeTexts>;
  /** Pushes are parked when they would leave fewer of the month's paid messages than this. Default 0. */
  readonly pushReserve?: number;
  /** Whether groups and rooms are pushed to, which costs one message for each member. Default `always`. */
  readonly groupPush?: "always" | "never";
  /** Show LINE's loading animation while the agent works, in one-to-one chats. Default true. */
  readonly loading?: boolean;
  /** Show a person's messages as read when the agent has them. Default `auto`: unless LINE does it by itself. */
  readonly markAsRead?: ReadMode;
}

export type ResolvedEconomy = Required<Omit<LineEconomyOptions, "noticeTexts">> & { readonly noticeTexts: NoticeTexts };

const DAY_MS = 86_400_000;

/** Fills in the defaults. Throws `Misconfigured` and names the field. */
export function resolveEconomy(options: LineEconomyOptions): ResolvedEconomy {
  const noticeTexts = { ...TEXTS, ...options.noticeTexts };
  for (const name of Object.keys(TEXTS) as (keyof NoticeTexts)[]) checkText(name, noticeTexts[name]);
  const pushAfterMs = options.buttonPushAfterMs ?? null;
  return {
    slowReply: oneOf("slowReply", options.slowReply ?? "push", ["push", "button"]),
    slowReplyAfterMs: whole("slowReplyAfterMs", options.slowReplyAfterMs ?? 40_000, 100),
    slowReplyInGroups: options.slowReplyInGroups ?? false,
    buttonPushAfterMs: pushAfterMs === null ? null : whole("buttonPushAfterMs", pushAfterMs, 1_000),
    buttonExpiresAfterMs: whole("buttonExpiresAfterMs", options.buttonExpiresAfterMs ?? DAY_MS, 1_000),
    noticeTexts,
    pushReserve: whole("pushReserve", options.pushReserve ?? 0, 0),
    groupPush: oneOf("groupPush", options.groupPush ?? "always", ["always", "never"]),
    loading: options.loading ?? true,
    markAsRead: oneOf("markAsRead", options.markAsRead ?? "auto", ["auto", "always", "never"]),
  };
}

export const ECONOMY_VARIABLES = [
  "LINE_SLOW_REPLY",
  "LINE_SLOW_REPLY_AFTER_MS",
  "LINE_SLOW_REPLY_IN_GROUPS",
  "LINE_BUTTON_PUSH_AFTER_MS",
  "LINE_BUTTON_EXPIRES_AFTER_MS",
  "LINE_NOTICE_TEXTS",
  "LINE_PUSH_RESERVE",
  "LINE_GROUP_PUSH",
  "LINE_LOADING",
  "LINE_MARK_AS_READ",
] as const;
type Variable = (typeof ECONOMY_VARIABLES)[number];

/** From the environment. Throws `Misconfigured` and names the variable. */
export function economyFromEnvironment(read: (name: Variable) => string | undefined): LineEconomyOptions {
  const number = (name: Variable, least: number) => mapped(read(name), (text) => whole(name, text, least));
  const word = <T extends string>(name: Variable, allowed: readonly T[]) =>
    mapped(read(name), (text) => oneOf(name, text, allowed));
  const flag = (name: Variable) => mapped(word(name, ["on", "off"]), (text) => text === "on");
  const given = {
    slowReply: word("LINE_SLOW_REPLY", ["push", "button"]),
    slowReplyAfterMs: number("LINE_SLOW_REPLY_AFTER_MS", 100),
    slowReplyInGroups: flag("LINE_SLOW_REPLY_IN_GROUPS"),
    buttonPushAfterMs: number("LINE_BUTTON_PUSH_AFTER_MS", 1_000),
    buttonExpiresAfterMs: number("LINE_BUTTON_EXPIRES_AFTER_MS", 1_000),
    noticeTexts: mapped(read("LINE_NOTICE_TEXTS"), readTexts),
    pushReserve: number("LINE_PUSH_RESERVE", 0),
    groupPush: word("LINE_GROUP_PUSH", ["always", "never"]),
    loading: flag("LINE_LOADING"),
    markAsRead: word("LINE_MARK_AS_READ", ["auto", "always", "never"]),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as LineEconomyOptions;
}

function mapped<A, B>(value: A | undefined, map: (value: A) => B): B | undefined {
  return value === undefined ? undefined : map(value);
}

function readTexts(json: string): Partial<NoticeTexts> {
  const allowed = `a JSON object with texts under ${Object.keys(TEXTS).join(", ")}`;
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    throw new Misconfigured(`LINE_NOTICE_TEXTS is not JSON; allowed: ${allowed}`);
  }
  const isKnown = (name: string) => Object.hasOwn(TEXTS, name);
  if (typeof read !== "object" || read === null || Array.isArray(read) || !Object.keys(read).every(isKnown)) {
    throw new Misconfigured(`LINE_NOTICE_TEXTS has something else; allowed: ${allowed}`);
  }
  for (const [name, text] of Object.entries(read)) checkText(name, text);
  return read;
}

const graphemes = new Intl.Segmenter();

function checkText(name: string, text: unknown): void {
  const limit = name === "show" || name === "more" ? LABEL_LIMIT : TEXT_LIMIT;
  const length = typeof text === "string" ? [...graphemes.segment(text)].length : 0;
  if (length >= 1 && length <= limit) return;
  throw new Misconfigured(`noticeTexts.${name} has ${length} characters; allowed: a text of 1 to ${limit}`);
}

function whole(field: string, value: number | string, least: number): number {
  const number = typeof value === "number" || /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Misconfigured(`${field} is ${JSON.stringify(value)}; allowed: a whole number of at least ${least}`);
}

function oneOf<T extends string>(field: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new Misconfigured(`${field} is ${JSON.stringify(value).slice(0, 80)}; allowed: ${allowed.join(", ")}`);
}
