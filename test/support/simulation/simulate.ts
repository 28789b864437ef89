/** Many seeds, summed up. */
import { Coverage } from "./coverage.ts";
import type { Figures } from "./figures.ts";
import { negativeControlNamed } from "./negative-controls.ts";
import { platformNamed } from "./platforms.ts";
import { type Outcome, runSeed } from "./run.ts";
import { type StoreFixture, sqliteStoreFixture } from "./stores.ts";

export interface Share {
  readonly from: number;
  readonly count: number;
  /** All seeds on that channel. Default: each on the one that it draws. */
  readonly channel?: string | undefined;
  /** A PostgreSQL server to play them on. Default: on SQLite. */
  readonly postgresUrl?: string;
  /** A mechanism to take out, by words of its name: the seeds that miss it break a promise. */
  readonly without?: string | undefined;
}

export interface Total {
  readonly failures: readonly Pick<Outcome, "seed" | "channel" | "broken">[];
  /** How many seeds were about each channel. */
  readonly channels: Readonly<Record<string, number>>;
  readonly figures: Figures;
  readonly coverage: Coverage;
  readonly crashes: number;
}

const NOTHING: Figures = {
  acked: 0,
  answered: 0,
  lost: 0,
  doubled: 0,
  sentAgain: 0,
  unknownSeen: 0,
  unknownUnseen: 0,
  excused: 0,
  beside: 0,
};

export async function simulate(
  share: Share,
  onSeed: (done: number) => void = () => {},
  storeFixture: StoreFixture = sqliteStoreFixture,
): Promise<Total> {
  const { from, count } = share;
  const channel = share.channel === undefined ? undefined : platformNamed(share.channel);
  const negativeControl = share.without === undefined ? undefined : negativeControlNamed(share.without);
  const failures: Pick<Outcome, "seed" | "channel" | "broken">[] = [];
  const channels: Record<string, number> = {};
  const coverage = new Coverage();
  let figures = NOTHING;
  let crashes = 0;
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await runSeed(seed, {
      channel,
      storeFixture,
      ...(negativeControl !== undefined && { overrides: negativeControl.overrides() }),
    });
    channels[outcome.channel] = (channels[outcome.channel] ?? 0) + 1;
    coverage.add(outcome.coverage);
    crashes += outcome.crashes;
    figures = sum(figures, outcome.figures);
    const { broken } = outcome;
    if (broken.length > 0) failures.push({ seed, channel: outcome.channel, broken });
    onSeed(seed - from + 1);
  }
  return { failures, channels, figures, coverage, crashes };
}

/** Two shares of the seeds as one. */
export function addTotals(a: Total, b: Total): Total {
  const coverage = new Coverage();
  for (const one of [a, b]) coverage.add(one.coverage);
  return {
    failures: [...a.failures, ...b.failures],
    channels: Object.fromEntries(
      [...new Set([...Object.keys(a.channels), ...Object.keys(b.channels)])].map((name) => [
        name,
        (a.channels[name] ?? 0) + (b.channels[name] ?? 0),
      ]),
    ),
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
    sentAgain: a.sentAgain + b.sentAgain,
    unknownSeen: a.unknownSeen + b.unknownSeen,
    unknownUnseen: a.unknownUnseen + b.unknownUnseen,
    excused: a.excused + b.excused,
    beside: a.beside + b.beside,
  };
}
