/** Many seeds, summed up. */
import { Coverage } from "./coverage.ts";
import type { Figures } from "./figures.ts";
import { type Outcome, runSeed } from "./run.ts";
import { type StoreYard, sqliteYard } from "./stores.ts";

export interface Total {
  readonly failures: readonly Pick<Outcome, "seed" | "broken">[];
  readonly figures: Figures;
  readonly coverage: Coverage;
  readonly crashes: number;
}

const NOTHING: Figures = {
  acked: 0,
  answered: 0,
  lost: 0,
  doubled: 0,
  unknownSeen: 0,
  unknownUnseen: 0,
  excused: 0,
};

export async function simulate(
  from: number,
  count: number,
  onSeed: (done: number) => void = () => {},
  yard: StoreYard = sqliteYard,
): Promise<Total> {
  const failures: Pick<Outcome, "seed" | "broken">[] = [];
  const coverage = new Coverage();
  let figures = NOTHING;
  let crashes = 0;
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await runSeed(seed, {}, yard);
    coverage.add(outcome.coverage);
    crashes += outcome.crashes;
    figures = sum(figures, outcome.figures);
    if (outcome.broken.length > 0) failures.push({ seed, broken: outcome.broken });
    onSeed(seed - from + 1);
  }
  return { failures, figures, coverage, crashes };
}

/** Two shares of the seeds as one. */
export function addTotals(a: Total, b: Total): Total {
  const coverage = new Coverage();
  for (const one of [a, b]) coverage.add(one.coverage);
  return {
    failures: [...a.failures, ...b.failures],
    figures: sum(a.figures, b.figures),
    coverage,
    crashes: a.crashes + b.crashes,
  };
}

function sum(a: Figures, b: Figures): Figures {
  return {
    acked: a.acked + b.acked,
    answered: a.answered + b.answered,
    lost: a.lost + b.lost,
    doubled: a.doubled + b.doubled,
    unknownSeen: a.unknownSeen + b.unknownSeen,
    unknownUnseen: a.unknownUnseen + b.unknownUnseen,
    excused: a.excused + b.excused,
  };
}
