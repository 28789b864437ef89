import { wholeNumber } from "../settings/kinds.ts";
import { group, setting } from "../settings/setting.ts";

const COUNT_MAX = 1_000_000;
const MIB = 1024 * 1024;

/** What strangers and storms may take of the process. Beyond it they are told so, and come again. */
export interface LimitSettings {
  /** Bodies whose signature isn't known yet hold this much together, in bytes. Default 64 MiB, least 4. */
  readonly bodyBudgetBytes?: number;
  /** Signed webhooks of one account that wait for the store at the same time. Default 1 000. */
  readonly webhooksAtOnce?: number;
  /** Signed webhooks of one account in a second. Default 0: as many as come; what LINE is refused it may never send again. */
  readonly webhooksPerSecond?: number;
  /** Refused requests that one address may send in a minute before it is rejected unheard. Default 600; 0: any number. */
  readonly refusedPerMinute?: number;
  /** Contents that are streamed to agents at the same time. Default 32. */
  readonly mediaAtOnce?: number;
}

export const LIMITS = group("What strangers and storms may take of the process.", {
  refusedPerMinute: setting(wholeNumber(0, COUNT_MAX), {
    default: 600,
    meaning:
      "refused requests that one address may send in a minute; then it is answered 429 unheard, unless something it sent within the hour was right; 0: any number",
    env: "TURNPIKE_REFUSED_PER_MINUTE",
  }),
  webhooksAtOnce: setting(wholeNumber(1, COUNT_MAX), {
    default: 1_000,
    meaning: "signed webhooks of one account that wait for the store at the same time; one more is a 503",
    env: "TURNPIKE_ACCOUNT_WEBHOOKS_AT_ONCE",
  }),
  webhooksPerSecond: setting(wholeNumber(0, COUNT_MAX), {
    default: 0,
    meaning:
      "signed webhooks of one account in a second; one more is a 429, and LINE may never send it again; 0: as many as come",
    env: "TURNPIKE_ACCOUNT_WEBHOOKS_PER_SECOND",
  }),
  bodyBudgetBytes: setting(wholeNumber(4 * MIB, 2 ** 40, "a whole number of bytes, 4194304 (4 MiB) to 1099511627776"), {
    default: 64 * MIB,
    meaning:
      "what bodies whose signature isn't known yet hold together; beyond it the one that has dawdled longest is a 503",
    env: "TURNPIKE_BODY_BUDGET_BYTES",
  }),
  mediaAtOnce: setting(wholeNumber(1, COUNT_MAX), {
    default: 32,
    meaning: "contents that are streamed to agents at the same time; one more is a 503",
    env: "TURNPIKE_MEDIA_AT_ONCE",
  }),
});
