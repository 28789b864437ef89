import { z } from "zod";
import { flag, type Kind, milliseconds, oneOf, structure, wholeNumber } from "../../../settings/kinds.ts";
import { fill, setting } from "../../../settings/setting.ts";
import { inCodePoints } from "../../shorten.ts";

/** Texts of the system messages for a button: texts up to 160 characters, labels (`show`, `more`) up to 20. */
export interface SystemMessageTexts {
  /** Text of the first button, when the agent is slow. */
  readonly prompt: string;
  /** Text of the next button, when it was tapped before there is an answer. */
  readonly working: string;
  /** Label of both buttons. */
  readonly show: string;
  /** Label of the quick reply that fetches the rest of an answer. */
  readonly more: string;
  readonly delivered: string;
  readonly failed: string;
  readonly expired: string;
  readonly notYours: string;
}

const TEXTS: SystemMessageTexts = {
  prompt: "⏳ This takes a little longer. Tap the button to see the answer.",
  working: "⏳ Still working. Tap the button again in a moment.",
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

/** Options of `line()` for cost control. */
export interface LineCostPolicyOptions {
  /**
   * What happens when the agent is still working shortly before the turn's last reply token expires. `push` (default):
   * the answer is sent as a paid push. `button`: the token is used for a button, whose tap brings a new token.
   */
  readonly slowReply?: "push" | "button";
  /** Delay after a reply token's arrival until it is used for the button, in ms. Default 40 000, at least 100. */
  readonly slowReplyAfterMs?: number;
  /** Whether buttons are sent to groups and rooms, too. Default false. */
  readonly slowReplyInGroups?: boolean;
  /** How long an answer waits for the tap before it is pushed, in ms. Default `null`: for ever. */
  readonly buttonPushAfterMs?: number | null;
  /** Lifetime of a button whose turn has no answer, in ms. Default one day. */
  readonly buttonExpiresAfterMs?: number;
  /** Texts of the system messages for a button. Default: English. */
  readonly systemMessageTexts?: Partial<SystemMessageTexts>;
  /** A push is parked when it would leave less of the monthly quota than this. Unit: paid messages. Default 0. */
  readonly pushReserve?: number;
  /** Whether pushes are sent to groups and rooms, where each costs one message per member. Default `always`. */
  readonly groupPush?: "always" | "never";
}

export type ResolvedCostPolicy = Required<Omit<LineCostPolicyOptions, "systemMessageTexts">> & {
  readonly systemMessageTexts: SystemMessageTexts;
};

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;

const upTo = (limit: number) =>
  // LINE takes no blank text, and counts the units of one that stands for a template.
  z.string().refine((text) => text.trim() !== "" && inCodePoints(text) <= limit && text.length <= 1_500);

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

export const COST_POLICY_SETTINGS = {
  slowReply: setting(oneOf(["push", "button"]), {
    default: "push",
    meaning:
      "what happens when the agent is still working shortly before the last reply token expires: `push` sends the answer as a paid message; `button` uses the token for a button, and a tap on it brings a new token for the answer",
  }),
  slowReplyAfterMs: setting(milliseconds(100), {
    default: 40_000,
    meaning: "delay after a reply token's arrival until it is used for the button",
    onlyWith: ["slowReply", "button"],
  }),
  slowReplyInGroups: setting(flag, { default: false, meaning: "`on`: buttons are sent to groups and rooms, too" }),
  buttonPushAfterMs: setting(milliseconds(1_000, MONTH_MS), {
    default: null,
    meaning:
      "how long an answer waits for the tap before it is sent as a paid message; default: until the tap or the person's next message",
  }),
  buttonExpiresAfterMs: setting(milliseconds(1_000, MONTH_MS), {
    default: DAY_MS,
    meaning: "lifetime of a button whose turn has no answer",
  }),
  systemMessageTexts: setting(systemMessageTexts, {
    default: null,
    defaultWords: "English",
    meaning: `texts of the system messages for a button, in the environment as a JSON object, with any of ${Object.keys(
      TEXTS,
    )
      .map((name) => `\`${name}\``)
      .join(", ")}`,
  }),
  pushReserve: setting(wholeNumber(0, 1_000_000_000), {
    default: 0,
    meaning:
      "paid messages of the monthly quota that are held back: a push that would leave fewer is parked until the person writes again",
  }),
  groupPush: setting(oneOf(["always", "never"]), {
    default: "always",
    meaning: "`never`: no pushes to groups and rooms, where each costs one message per member; replies only",
  }),
} as const;

/** Fills in the defaults. Throws `Misconfigured` and names the field. */
export function resolveCostPolicy(options: LineCostPolicyOptions): ResolvedCostPolicy {
  const filled = fill(COST_POLICY_SETTINGS, options);
  return { ...filled, systemMessageTexts: { ...TEXTS, ...filled.systemMessageTexts } };
}
