/** The form of an entry of the list of regressions, and short names for the files that it names often. */

export interface Held {
  /** What would go wrong. */
  readonly bug: string;
  /** File, and the test's name or a part of it as it stands in the source. */
  readonly tests?: readonly (readonly [file: string, title: string])[];
  /** Why nothing, or not all of it, can be tested yet; none has a reason now. */
  readonly notYet?: string;
}

const STORE = "test/support/stores";
export const INGEST = `${STORE}/conformance-ingest.ts`;
export const COLLECTING = `${STORE}/conformance-collecting.ts`;
export const WORKING = `${STORE}/conformance-working.ts`;
export const ANSWERING = `${STORE}/conformance-answering.ts`;
export const SENDING = `${STORE}/conformance-sending.ts`;
export const REPEATING = `${STORE}/conformance-repeating.ts`;
export const SWEEPING = `${STORE}/conformance-sweeping.ts`;
export const TAKING_IN = "test/e2e/scenarios-taking-in.test.ts";
export const TYPING = "test/e2e/scenarios-collecting.test.ts";
export const OUTGOING = "test/e2e/scenarios-sending.test.ts";
export const ACCOUNT = "test/e2e/scenarios-account.test.ts";
export const PIPELINE = "test/pipeline.test.ts";
export const BUSY = "test/regression_busy-agent.test.ts";
export const HALF = "test/regression_half-done.test.ts";
export const BETWEEN = "test/regression_in-between.test.ts";
export const NEXT = "test/regression_next-process.test.ts";
export const LINE = "src/channels/line";
export const FENCED = "is refused at ";

export type Entry = readonly [number, Held];
