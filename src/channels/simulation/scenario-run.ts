import { type Clock, pause } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import type {
  Expectation,
  KnownEntry,
  Outcome,
  Scenario,
  ScenarioSet,
  SeenBubble,
  SeenCall,
  SeenWebhook,
  Stage,
  StepResult,
} from "./scenario.ts";

/** What a run needs. The simulator may be in another process: only its control API is used. */
export interface ScenarioParts {
  readonly clock: Clock;
  readonly random: Random;
  command(name: string, input: unknown): unknown;
  view(name: string, argument: string): unknown;
  /** The gateway's transcript of the conversation with that person; empty while there is none. */
  transcriptOf(peerId: string): Promise<readonly KnownEntry[]>;
  /** Is told what happens, as it happens. */
  report?(progress: Progress): void;
}

export type Progress =
  | { readonly kind: "begins"; readonly scenario: string; readonly peerId: string }
  /** Before the command is run; its result follows. */
  | { readonly kind: "step"; readonly words: string; readonly command: string; readonly input: object }
  | { readonly kind: "result"; readonly command: string; readonly result: StepResult }
  | { readonly kind: "waits"; readonly words: string }
  | { readonly kind: "verdict"; readonly verdict: Verdict };

export interface Verdict {
  readonly scenario: string;
  readonly peerId: string;
  readonly isMet: boolean;
  readonly findings: readonly Finding[];
}

export interface Finding {
  /** What was expected. */
  readonly words: string;
  /** `null`: it is so. */
  readonly foundInstead: string | null;
}

export interface ScenarioResult {
  readonly verdict: Verdict;
  readonly outcome: Outcome;
}

const LIMIT_MS = 30_000;
const WATCH_MS = 3_000;
const POLL_MS = 200;

/**
 * Runs a scenario and gives its verdict. The simulator is reset before and afterwards, whatever happens: a fault that is left
 * armed would be met by the next message of anybody.
 */
export async function runScenario(scenario: Scenario, set: ScenarioSet, parts: ScenarioParts): Promise<ScenarioResult> {
  const { limitMs = LIMIT_MS, watchMs = WATCH_MS, expects } = scenario;
  const digits = String(Math.floor(parts.random.fraction() * 1_000_000_000)).padStart(9, "0");
  const peerId = set.peerId(digits);
  const report = parts.report ?? (() => {});
  report({ kind: "begins", scenario: scenario.id, peerId });
  await parts.command("reset", {});
  try {
    const readOutcome = await outcomeReader(set, parts, peerId);
    await scenario.steps(stageOf(parts, { peerId, readOutcome, limitMs, report }));
    await untilMet(parts.clock, readOutcome, expects, limitMs);
    await pause(parts.clock, watchMs);
    const outcome = await readOutcome();
    const verdict = verdictOf(scenario, outcome);
    report({ kind: "verdict", verdict });
    return { verdict, outcome };
  } finally {
    await parts.command("reset", {});
  }
}

/** Whether what came of a run is what the scenario expects. Pure. */
export function verdictOf({ id, expects }: Pick<Scenario, "id" | "expects">, outcome: Outcome): Verdict {
  const findings = expects.map(({ words, unmet }) => ({ words, foundInstead: unmet(outcome) }));
  const isMet = findings.every(({ foundInstead }) => foundInstead === null);
  return { scenario: id, peerId: outcome.peerId, isMet, findings };
}

type ReadOutcome = () => Promise<Outcome>;

/** Reads what came of the run so far. What was there before it began is left out. */
async function outcomeReader(set: ScenarioSet, parts: ScenarioParts, peerId: string): Promise<ReadOutcome> {
  const listed = async <T>(view: string, argument = "") => (await parts.view(view, argument)) as readonly T[];
  const before = (await listed<SeenCall>("calls")).length;
  const webhooksBefore = (await listed<SeenWebhook>("webhooks")).length;
  return async () => {
    const all = (await listed<SeenWebhook>("webhooks")).slice(webhooksBefore);
    const webhooks = all.filter(({ body }) => body.includes(peerId));
    const calls = (await listed<SeenCall>("calls")).slice(before);
    return {
      peerId,
      webhooks,
      calls: calls.filter((call) => set.isMessageTo(call, { peerId, webhooks })),
      bubbles: await listed<SeenBubble>("seen", peerId),
      transcript: await parts.transcriptOf(peerId),
    };
  };
}

interface StageParts {
  readonly peerId: string;
  readonly readOutcome: ReadOutcome;
  readonly limitMs: number;
  readonly report: (progress: Progress) => void;
}

function stageOf({ clock, command: run }: ScenarioParts, { peerId, readOutcome, limitMs, report }: StageParts): Stage {
  const does: Stage["does"] = async (words, command, input = {}) => {
    report({ kind: "step", words, command, input });
    const result = ((await run(command, input)) ?? {}) as StepResult;
    report({ kind: "result", command, result });
    return result;
  };
  return {
    peerId,
    does,
    person: (words, command, input) => does(words, command, { peerId, ...input }),
    async until(expectation) {
      report({ kind: "waits", words: expectation.words });
      await untilMet(clock, readOutcome, [expectation], limitMs);
    },
    async passes(ms) {
      report({ kind: "waits", words: `${ms} ms pass` });
      await pause(clock, ms);
    },
  };
}

async function untilMet(
  clock: Clock,
  readOutcome: ReadOutcome,
  expects: readonly Expectation[],
  limitMs: number,
): Promise<void> {
  const endsAt = clock.now() + limitMs;
  const isMet = async () => {
    const outcome = await readOutcome();
    return expects.every(({ unmet }) => unmet(outcome) === null);
  };
  while (!(await isMet()) && clock.now() < endsAt) await pause(clock, POLL_MS);
}
