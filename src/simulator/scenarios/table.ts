import { ANSWER_TO_WEBHOOK_LOST } from "./answer-to-webhook-lost.ts";
import { DELIVERED_TWICE } from "./delivered-twice.ts";
import { FIRST_COPY_LOST } from "./first-copy-lost.ts";
import { MESSENGER_BY_HAND } from "./messenger-by-hand.ts";
import { MESSENGER_COPIES } from "./messenger-copies.ts";
import { MESSENGER_CUT_ECHO } from "./messenger-cut-echo.ts";
import { MESSENGER_ELSEWHERE } from "./messenger-elsewhere.ts";
import { MESSENGER_NO_ECHO } from "./messenger-no-echo.ts";
import { MESSENGER_REDELIVERED } from "./messenger-redelivered.ts";
import { NO_ANSWER_IN_TIME } from "./no-answer-in-time.ts";
import { OUT_OF_ORDER } from "./out-of-order.ts";
import { PLATFORM_DOWN } from "./platform-down.ts";
import { PUSH_CUT_AFTER_ACCEPT } from "./push-cut-after-accept.ts";
import { QUOTA_GONE } from "./quota-gone.ts";
import { REDELIVERED } from "./redelivered.ts";
import { REPLY_CUT_AFTER_ACCEPT } from "./reply-cut-after-accept.ts";
import { REPLY_FAILS_AFTER_ACCEPT } from "./reply-fails-after-accept.ts";
import type { Scenario } from "./scenario.ts";
import { TAKEN_BACK } from "./taken-back.ts";
import { TOKEN_DIED } from "./token-died.ts";
import { TOKEN_REFUSED } from "./token-refused.ts";
import { TOO_FAST } from "./too-fast.ts";
import { TWO_LINES } from "./two-lines.ts";
import { WHATSAPP_BLOCKED } from "./whatsapp-blocked.ts";
import { WHATSAPP_FAILS_LATER } from "./whatsapp-fails-later.ts";
import { WHATSAPP_REPEATED } from "./whatsapp-repeated.ts";
import { WHATSAPP_STATUSES } from "./whatsapp-statuses.ts";
import { WHATSAPP_TAKEN_BACK } from "./whatsapp-taken-back.ts";

/** The only list of scenarios, by name. */
export const SCENARIOS = {
  "two-lines": TWO_LINES,
  "delivered-twice": DELIVERED_TWICE,
  redelivered: REDELIVERED,
  "first-copy-lost": FIRST_COPY_LOST,
  "out-of-order": OUT_OF_ORDER,
  "answer-to-webhook-lost": ANSWER_TO_WEBHOOK_LOST,
  "reply-fails-after-accept": REPLY_FAILS_AFTER_ACCEPT,
  "reply-cut-after-accept": REPLY_CUT_AFTER_ACCEPT,
  "push-cut-after-accept": PUSH_CUT_AFTER_ACCEPT,
  "token-died": TOKEN_DIED,
  "quota-gone": QUOTA_GONE,
  "platform-down": PLATFORM_DOWN,
  "too-fast": TOO_FAST,
  "no-answer-in-time": NO_ANSWER_IN_TIME,
  "token-refused": TOKEN_REFUSED,
  "taken-back": TAKEN_BACK,
  "messenger-by-hand": MESSENGER_BY_HAND,
  "messenger-copies": MESSENGER_COPIES,
  "messenger-cut-echo": MESSENGER_CUT_ECHO,
  "messenger-elsewhere": MESSENGER_ELSEWHERE,
  "messenger-no-echo": MESSENGER_NO_ECHO,
  "messenger-redelivered": MESSENGER_REDELIVERED,
  "whatsapp-blocked": WHATSAPP_BLOCKED,
  "whatsapp-fails-later": WHATSAPP_FAILS_LATER,
  "whatsapp-repeated": WHATSAPP_REPEATED,
  "whatsapp-statuses": WHATSAPP_STATUSES,
  "whatsapp-taken-back": WHATSAPP_TAKEN_BACK,
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
