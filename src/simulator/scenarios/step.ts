import type { Expected } from "./outcome.ts";

/** One thing that was done or seen. */
export interface Step {
  /** Epoch ms. */
  readonly at: number;
  /** A command, `wait` or `expect`. */
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: unknown;
}

/** Something that a scenario expects in between didn't come in time. */
export class NotAsExpected extends Error {
  override readonly name = "NotAsExpected";
  readonly expected: Expected;
  readonly happened: Expected;

  constructor(expected: Expected, happened: Expected) {
    super(`expected ${JSON.stringify(expected)}, read ${JSON.stringify(happened)}`);
    this.expected = expected;
    this.happened = happened;
  }
}
