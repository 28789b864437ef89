/** What came of a person's messages, from their screen and the gateway's records. Lists are in the order of time. */
export interface Outcome {
  /** Messages of the bot on the person's screen. */
  readonly bubbles: number;
  /** The person's messages that the bot's quote, in the order of the quotes. */
  readonly quoted: readonly string[];
  /** Bubbles that came by a paid push. */
  readonly paid: number;
  /** Copies of the webhooks of the person's messages that left the platform. */
  readonly copies: number;
  /** State of each message of the person. */
  readonly events: readonly string[];
  /** Messages that were taken in from a copy that the platform marked as redelivered. */
  readonly redelivered: number;
  /** State of each turn, and how many messages it has: `done 2`. */
  readonly turns: readonly string[];
  /** State of each delivery. */
  readonly deliveries: readonly string[];
  /** Why each sent delivery is known to have arrived, where it isn't by the call's own answer. */
  readonly evidence: readonly string[];
  /** Deliveries that went out together with another one. */
  readonly bundled: number;
  /** Each call: route, outcome and HTTP status, `reply unknown 500`. Without a status there was no answer. */
  readonly calls: readonly string[];
  /** The strongest that the platform said of each delivery afterwards. Weaker ones that come later aren't kept. */
  readonly receipts: readonly string[];
  /** Receipts that are kept twice of one delivery. */
  readonly repeatedReceipts: number;
}

/** The fields that a scenario is about. */
export type Expected = Partial<Outcome>;

/** The fields of what happened that are expected. */
export function partOf(happened: Outcome, expected: Expected): Expected {
  const names = Object.keys(expected) as (keyof Outcome)[];
  return Object.fromEntries(names.map((name) => [name, happened[name]]));
}

export function isAsExpected(happened: Outcome, expected: Expected): boolean {
  // Both have the fields in the same order.
  return JSON.stringify(partOf(happened, expected)) === JSON.stringify(expected);
}
