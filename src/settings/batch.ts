import type { BatchPolicy } from "../core/batch.ts";
import { milliseconds, wholeNumber } from "./kinds.ts";
import { group, type Setting, setting } from "./setting.ts";

const QUIET = milliseconds(0);
const MAX_WAIT = milliseconds(0);
const MAX_EVENTS = wholeNumber(1, 1_000);

/** When messages become one turn. */
export const BATCH = group("When messages become one turn.", {
  quietMs: setting(QUIET, {
    default: 1_500,
    meaning: "a turn is ready when the person has paused this long; 0: every message is a turn",
  }),
  maxWaitMs: setting(MAX_WAIT, { default: 8_000, meaning: "… and at the latest this long after its first message" }),
  maxEvents: setting(MAX_EVENTS, { default: 50, meaning: "… or when it holds this many" }),
});

const asAbove = { default: null, defaultWords: "as `batch`" } as const;

/** The same for one platform or account: what is left out is as for all. */
export const OWN_BATCH = group("When messages become one turn here.", {
  quietMs: setting(QUIET, { ...asAbove, meaning: "`batch.quietMs` of this platform or account" }),
  maxWaitMs: setting(MAX_WAIT, { ...asAbove, meaning: "`batch.maxWaitMs` of this platform or account" }),
  maxEvents: setting(MAX_EVENTS, { ...asAbove, meaning: "`batch.maxEvents` of this platform or account" }),
} satisfies Record<keyof BatchPolicy, Setting>);
