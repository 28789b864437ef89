import type { BatchPolicy } from "../../core/batch.ts";
import { milliseconds, wholeNumber } from "../kinds.ts";
import { group, type Setting, setting } from "../setting.ts";

const QUIET = milliseconds(0);
const MAX_WAIT = milliseconds(0);
const MAX_EVENTS = wholeNumber(1, 1_000);

/** Debounce policy. */
export const BATCH = group("Debounce: when messages become one turn.", {
  quietMs: setting(QUIET, {
    default: 1_500,
    meaning: "debounce: a turn is due after this time without a further message; 0: every message is a turn",
  }),
  maxWaitMs: setting(MAX_WAIT, {
    default: 8_000,
    meaning: "a turn is due this long after its first message at the latest",
  }),
  maxEvents: setting(MAX_EVENTS, { default: 50, meaning: "a turn is due when it has this many events" }),
});

const asAbove = { default: null, defaultWords: "as `batch`" } as const;

/** Overrides for one platform or account. */
export const BATCH_OVERRIDES = group("Debounce of this platform or account.", {
  quietMs: setting(QUIET, { ...asAbove, meaning: "`batch.quietMs` of this platform or account" }),
  maxWaitMs: setting(MAX_WAIT, { ...asAbove, meaning: "`batch.maxWaitMs` of this platform or account" }),
  maxEvents: setting(MAX_EVENTS, { ...asAbove, meaning: "`batch.maxEvents` of this platform or account" }),
} satisfies Record<keyof BatchPolicy, Setting>);
