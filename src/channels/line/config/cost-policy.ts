import { z } from "zod";
import { flag, type Kind, milliseconds, oneOf, structure, wholeNumber } from "../../../settings/kinds.ts";
import { fill, setting } from "../../../settings/setting.ts";

/** When the read mark is set: where LINE doesn't set it by itself, always, or never. */
export type ReadMode = "auto" | "always" | "never";

/** What the gateway itself says around a button. Texts up to 160 characters, labels up to 20. */
export interface SystemMessageTexts {
  /** Beside the first button, when the agent is slow. */
  readonly prompt: string;
  /** Beside the next one, when somebody tapped and there is no answer yet. */
  readonly working: string;
  /** On these buttons. */
  readonly show: string;
  /** On the button under a part of an answer. */
  readonly more: string;
  readonly delivered: string;
  readonly failed: string;
  readonly expired: string;
  readonly notYours: string;
}

const TEXTS: SystemMessageTexts = {
  prompt: "⏳ This takes a little longer. ButtonCallback the button to see the answer.",
  working: "⏳ Still working. ButtonCallback the button again in a moment.",
  show: "Show the answer",
  more: "More",
  delivered: "✔ The answer is above.",
  failed: "There is no answer this time. Please write again.",
  expired: "This button has expired. Please write again.",
  notYours: "This answer is for the person who asked.",
};

/** LINE: a template's action label holds 20 characters, a buttons template's text 160 (Messaging API reference). */
const LABEL_LIMIT = 20;
const TEXT_LIMIT = 160;

/** How one LINE channel saves its paid messages and shows that it is at work. */
export interface LineCostPolicyOptions {
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
  /** System messages around a button. Default: English. */
  readonly systemMessageTexts?: Partial<SystemMessageTexts>;
  /** Pushes are parked when they would leave fewer of the month's paid messages than this. Default 0. */
  readonly pushReserve?: number;
  /** Whether groups and rooms are pushed to, which costs one message for each member. Default `always`. */
  readonly groupPush?: "always" | "never";
  /** Show LINE's loading animation while the agent works, in one-to-one chats. Default true. */
  readonly loading?: boolean;
  /** Show a person's messages as read when the agent has them. Default `auto`: unless LINE does it by itself. */
  readonly markAsRead?: ReadMode;
}

export type ResolvedCostPolicy = Required<Omit<LineCostPolicyOptions, "systemMessageTexts">> & {
  readonly systemMessageTexts: SystemMessageTexts;
};

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;

const graphemes = new Intl.Segmenter();
const upTo = (limit: number) =>
  z.string().refine((text) => {
    const { length } = [...graphemes.segment(text)];
    // LINE takes no blank text, and counts the units of one that stands for a template.
    return text.trim() !== "" && length <= limit && text.length <= 1_500;
  });

const systemMessageTexts: Kind<Partial<SystemMessageTexts>> = structure(
  z.strictObject({
    prompt: upTo(TEXT_LIMIT).optional(),
    working: upTo(TEXT_LIMIT).optional(),
    show: upTo(LABEL_LIMIT).optional(),
    more: upTo(LABEL_LIMIT).optional(),
    delivered: upTo(TEXT_LIMIT).optional(),
    failed: upTo(TEXT_LIMIT).optional(),
    expired: upTo(TEXT_LIMIT).optional(),
    notYours: upTo(TEXT_LIMIT).optional(),
  }) as z.ZodType<Partial<SystemMessageTexts>>,
  `texts of 1 to ${TEXT_LIMIT} characters (show and more: ${LABEL_LIMIT}) under ${Object.keys(TEXTS).join(", ")}`,
  '{"show":"Antwort zeigen"}',
);

/** The settings of all this. */
export const COST_POLICY_SETTINGS = {
  slowReply: setting(oneOf(["push", "button"]), {
    default: "push",
    meaning:
      "when the agent is still at work shortly before the last free reply token dies: `push` pays when the answer is there; `button` spends the token on a button, and the tap on it brings a fresh free one for the answer",
  }),
  slowReplyAfterMs: setting(milliseconds(100), {
    default: 40_000,
    meaning: "how long after a token came it is spent on the button",
    onlyWith: ["slowReply", "button"],
  }),
  slowReplyInGroups: setting(flag, { default: false, meaning: "`on`: groups and rooms get buttons too" }),
  buttonPushAfterMs: setting(milliseconds(1_000, MONTH_MS), {
    default: null,
    meaning:
      "an answer that nobody taps for is paid for after this time; without it, it waits for the tap or the person's next message",
  }),
  buttonExpiresAfterMs: setting(milliseconds(1_000, MONTH_MS), {
    default: DAY_MS,
    meaning: "how long a button is good for whose answer never came",
  }),
  systemMessageTexts: setting(systemMessageTexts, {
    default: null,
    defaultWords: "English",
    meaning: `the texts of system messages around a button, in the environment as a JSON object, with any of ${Object.keys(
      TEXTS,
    )
      .map((name) => `\`${name}\``)
      .join(", ")}`,
  }),
  pushReserve: setting(wholeNumber(0, 1_000_000_000), {
    default: 0,
    meaning:
      "a push that would leave fewer of the month's paid messages than this is parked until the person writes again",
  }),
  groupPush: setting(oneOf(["always", "never"]), {
    default: "always",
    meaning:
      "`never`: groups and rooms get free replies only, because a push to them costs one message for each member",
  }),
  loading: setting(flag, {
    default: true,
    meaning: "the loading animation while the agent works, in one-to-one chats",
  }),
  markAsRead: setting(oneOf(["auto", "always", "never"]), {
    default: "auto",
    meaning: "what the agent has is shown as read: `auto` unless LINE does it by itself, `always`, `never`",
  }),
} as const;

/** Fills in the defaults. Throws `Misconfigured` and names the field. */
export function resolveCostPolicy(options: LineCostPolicyOptions): ResolvedCostPolicy {
  const filled = fill(COST_POLICY_SETTINGS, options);
  return { ...filled, systemMessageTexts: { ...TEXTS, ...filled.systemMessageTexts } };
}
