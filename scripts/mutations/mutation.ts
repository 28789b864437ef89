/** One place of one file. */
export interface Edit {
  /** Must occur exactly once. */
  readonly find: string;
  readonly put: string;
}

/** One mechanism, taken away. */
export interface Mutation {
  readonly name: string;
  /** The promise that nobody keeps any more without it. */
  readonly breaks: string;
  readonly file: string;
  readonly edits: readonly Edit[];
  readonly tests: Tests;
}

/** Where to look: the quickest tests that should notice. */
export interface Tests {
  readonly files: readonly string[];
  /** Only tests whose whole name matches it. Between the name of a group and that of a test, write `.*`. */
  readonly named?: string;
}

export const STORES = "test/stores.conformance.test.ts";
export const PIPELINE = ["test/pipeline.test.ts", "test/pipeline-interrupted.test.ts"] as const;

/** The stores' suite, as far as it is about `named`. */
export function store(named: string): Tests {
  return { files: [STORES], named };
}
