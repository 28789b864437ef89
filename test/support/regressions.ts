/**
 * Bugs that others shipped, by the number that this project gave them, and what keeps each from being shipped here.
 * `test/regressions.test.ts` holds the list to the tests that it names.
 */
import type { Held } from "./regressions-entry.ts";
import { COLLECTED, TAKEN_IN } from "./regressions-inward.ts";
import { RUN, SENT, WORKED } from "./regressions-outward.ts";

export const REGRESSIONS: ReadonlyMap<number, Held> = new Map([...TAKEN_IN, ...COLLECTED, ...WORKED, ...SENT, ...RUN]);
