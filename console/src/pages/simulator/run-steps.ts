/** A run of a scenario, as its panel tells it. Pure. */
import type { RunWire } from "../../../../src/simulator/console-api/wire.ts";

export interface RunStep {
  readonly kind: "step" | "waits";
  /** In the simulator's own words. */
  readonly words: string;
  readonly isDone: boolean;
  /** What the platform made of the webhook; `null`: nothing that is told. */
  readonly came: string | null;
}

/** What happened so far. A wait, and a step without a result, is done when something follows it. */
export function stepsOf({
  progress,
  verdict,
  failure,
}: Pick<RunWire, "progress" | "verdict" | "failure">): readonly RunStep[] {
  const steps: RunStep[] = [];
  const endLast = () => {
    const last = steps.pop();
    if (last !== undefined) steps.push({ ...last, isDone: true });
  };
  for (const one of progress) {
    switch (one.kind) {
      case "begins":
        break;
      case "verdict":
        endLast();
        break;
      case "step":
      case "waits":
        endLast();
        steps.push({ kind: one.kind, words: one.words, isDone: false, came: null });
        break;
      case "result": {
        const last = steps.pop();
        if (last !== undefined) steps.push({ ...last, isDone: true, came: resultOf(one.result) });
        break;
      }
      default:
        one satisfies never;
    }
  }
  if (verdict !== null || failure !== null) endLast();
  return steps;
}

/** Status and word of a posted webhook: `200 ok`. */
function resultOf({ status, result }: Readonly<Record<string, unknown>>): string | null {
  const parts = [status, result].filter((part) => typeof part === "string" || typeof part === "number");
  return parts.length === 0 ? null : parts.join(" ");
}

export type RunOutcome = "underWay" | "asExpected" | "notAsExpected" | "failed";

export function outcomeOf({ verdict, failure }: Pick<RunWire, "verdict" | "failure">): RunOutcome {
  if (failure !== null) return "failed";
  if (verdict === null) return "underWay";
  return verdict.isMet ? "asExpected" : "notAsExpected";
}
