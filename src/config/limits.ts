import { wholeNumber } from "../settings/kinds.ts";
import { group, setting } from "../settings/setting.ts";

const COUNT_MAX = 1_000_000;
const MIB = 1024 * 1024;

/** Limits against overload and abuse; beyond them requests get 429 or 503. */
export interface LimitSettings {
  /** Memory for bodies of unauthenticated requests together, in bytes. Default 64 MiB, at least 4. */
  readonly bodyBudgetBytes?: number;
  /** Concurrent signed webhooks of one account. Default 1 000. */
  readonly webhooksAtOnce?: number;
  /** Signed webhooks of one account per second. Default 0: no limit; LINE may never redeliver a refused one. */
  readonly webhooksPerSecond?: number;
  /** Refused requests of one client address per minute before it gets 429. Default 600; 0: no limit. */
  readonly refusedPerMinute?: number;
  /** Concurrent media streams to agents. Default 32. */
  readonly mediaAtOnce?: number;
}

export const LIMITS = group("Limits against overload and abuse.", {
  refusedPerMinute: setting(wholeNumber(0, COUNT_MAX), {
    default: 600,
    meaning:
      "rate limit: refused requests of one client address per minute before it gets 429, unless it was authenticated within the last hour; 0: no limit",
    env: "TURNPIKE_REFUSED_PER_MINUTE",
  }),
  webhooksAtOnce: setting(wholeNumber(1, COUNT_MAX), {
    default: 1_000,
    meaning: "concurrent signed webhooks of one account; further ones get 503",
    env: "TURNPIKE_ACCOUNT_WEBHOOKS_AT_ONCE",
  }),
  webhooksPerSecond: setting(wholeNumber(0, COUNT_MAX), {
    default: 0,
    meaning:
      "rate limit: signed webhooks of one account per second; further ones get 429, and LINE may never redeliver them; 0: no limit",
    env: "TURNPIKE_ACCOUNT_WEBHOOKS_PER_SECOND",
  }),
  bodyBudgetBytes: setting(wholeNumber(4 * MIB, 2 ** 40, "a whole number of bytes, 4194304 (4 MiB) to 1099511627776"), {
    default: 64 * MIB,
    meaning: "memory for bodies of unauthenticated requests together; beyond it the oldest unfinished one gets 503",
    env: "TURNPIKE_BODY_BUDGET_BYTES",
  }),
  mediaAtOnce: setting(wholeNumber(1, COUNT_MAX), {
    default: 32,
    meaning: "concurrent media streams to agents; further ones get 503",
    env: "TURNPIKE_MEDIA_AT_ONCE",
  }),
});
