/**
 * Scenarios: one click that makes people act and the platform fail, with what must be seen afterwards. A scenario is in its
 * channel's folder; the console's button and the tests run the same code (`runScenario`).
 */

export interface Scenario {
  /** Unique on its platform; part of addresses. */
  readonly id: string;
  /** Of its title in the console's catalogues. */
  readonly titleKey: `scenario.${string}`;
  /** Runs the simulator's own commands. The runner resets the simulator before and afterwards. */
  readonly steps: (stage: Stage) => Promise<void>;
  readonly expects: readonly Expectation[];
  /** How long (ms) it may take until everything is met. Default 30 000. */
  readonly limitMs?: number;
  /** How long (ms) is watched afterwards: what comes twice may come late. Default 3 000. */
  readonly watchMs?: number;
}

/** What a platform's folder gives. */
export interface ScenarioSet {
  readonly list: readonly Scenario[];
  /**
   * The id of a person who is new here, from 9 digits. Each run has its own: a reply token that was left over from an
   * earlier one would answer in its place.
   */
  readonly peerId: (digits: string) => string;
  /** Whether the call brings that person a message, or is to. Calls for others are not looked at. */
  readonly isMessageTo: (call: SeenCall, person: Pick<Outcome, "peerId" | "webhooks">) => boolean;
}

/** What the steps of a scenario can do. */
export interface Stage {
  /** The person of this run. */
  readonly peerId: string;
  /** Runs a command of the control API and resolves to its result. `words`: what happens, for who watches. */
  does(words: string, command: string, input?: Readonly<Record<string, unknown>>): Promise<StepResult>;
  /** As `does`, for what the person does: `peerId` is filled in. */
  person(words: string, command: string, input?: Readonly<Record<string, unknown>>): Promise<StepResult>;
  /** Waits until that is so, or for `limitMs`: then the run goes on, and its verdict says what is missing. */
  until(expectation: Expectation): Promise<void>;
  /** Lets that much time pass. */
  passes(ms: number): Promise<void>;
}

export type StepResult = Readonly<Record<string, unknown>>;

/** What must be so at the end. */
export interface Expectation {
  /** In plain words. */
  readonly words: string;
  /** `null`: it is so; else what is found in its place. Pure. */
  readonly unmet: (outcome: Outcome) => string | null;
}

/** What came of a run, as data. */
export interface Outcome {
  readonly peerId: string;
  /** What that person sees from the bot, oldest first. */
  readonly bubbles: readonly SeenBubble[];
  /** The calls of this run that bring that person a message, or were to. */
  readonly calls: readonly SeenCall[];
  /** Copies of webhooks about that person. */
  readonly webhooks: readonly SeenWebhook[];
  /** The gateway's transcript of that conversation; empty while there is none. */
  readonly transcript: readonly KnownEntry[];
}

/** A message on a screen, and a call, as the views show them; what else there is only its platform knows. */
export interface SeenBubble {
  readonly peerId: string;
  readonly text: string | null;
}

export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly status: number | "disconnect" | null;
}

export interface SeenWebhook {
  readonly webhookId: number;
  readonly body: string;
  readonly status: number | null;
  readonly result: string;
}

/** The part of a transcript's entries that is looked at. The store's entries and the admin API's are of this form. */
export type KnownEntry =
  | KnownEvent
  | KnownTurn
  | KnownDelivery
  | KnownAttempt
  | KnownReceipt
  | { readonly kind: "action" };

interface KnownEvent {
  readonly kind: "event";
  readonly type: string;
  readonly state: string;
  readonly turnId: string | null;
  readonly redelivered: boolean;
}

interface KnownTurn {
  readonly kind: "turn";
  readonly turnId: string;
  readonly state: string;
  /** How often it was handed to an agent. */
  readonly attempt: number;
}

interface KnownDelivery {
  readonly kind: "delivery";
  readonly deliveryId: string;
  readonly state: string;
  readonly route: string | null;
  readonly reason: string | null;
  readonly evidence: string | null;
  readonly bundledInto: string | null;
}

interface KnownAttempt {
  readonly kind: "attempt";
  readonly deliveryId: string;
  readonly route: string;
  readonly outcome: string | null;
  readonly acceptedRequestId: string | null;
}

interface KnownReceipt {
  readonly kind: "receipt";
  readonly status: string;
}

/** The transcript's entries of that kind. */
export function entriesOf<K extends KnownEntry["kind"]>(
  { transcript }: Pick<Outcome, "transcript">,
  kind: K,
): readonly (KnownEntry & { readonly kind: K })[] {
  return transcript.filter((entry): entry is KnownEntry & { readonly kind: K } => entry.kind === kind);
}

/** An expectation about a list: exactly these, in this order. */
export function exactly(
  words: string,
  listOf: (outcome: Outcome) => readonly (string | number | boolean | null)[],
  wanted: readonly (string | number | boolean | null)[],
): Expectation {
  return {
    words,
    unmet(outcome) {
      const found = listOf(outcome);
      const isSame = found.length === wanted.length && found.every((one, index) => one === wanted[index]);
      return isSame ? null : found.length === 0 ? "nothing of it" : found.join(", ");
    },
  };
}

/** An expectation about a number. */
export function counted(words: string, count: (outcome: Outcome) => number, wanted: number): Expectation {
  return exactly(words, (outcome) => [count(outcome)], [wanted]);
}
