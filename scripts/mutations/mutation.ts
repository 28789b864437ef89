/** One place of one file. */
export interface Edit {
  /** Must occur exactly once. */
  readonly find: string;
  readonly put: string;
}

/** One mechanism, taken away. */
export interface Mutation {
  readonly name: string;
  /** The promise that nobody keeps any more without it: its number in the README's table, and what that means here. */
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

export function inFile(file: string, named?: string): Tests {
  return { files: [file], ...(named !== undefined && { named }) };
}

/** The stores' suite on SQLite, as far as it is about `named`: what breaks one body breaks it on every store. */
export function store(named: string): Tests {
  return inFile("test/stores.conformance.test.ts", named);
}

/** The same suite where only PostgreSQL has the mechanism. */
export function onPostgres(named: string): Tests {
  return inFile("test/postgres/stores.conformance.test.ts", named);
}
