/** People who do nothing wrong, and how long each of them waits for an answer. */
import { setTimeout as pause } from "node:timers/promises";
import { quantile } from "../support/statistics.ts";

/** A person of a simulated platform. */
export interface Healthy {
  /** Platform and id, for the report. */
  readonly name: string;
  says(text: string): Promise<unknown>;
  /** The texts on their screen. */
  screen(): readonly string[];
}

export interface Waits {
  readonly answered: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Whose message got no answer. */
  readonly lost: readonly string[];
  readonly doubled: number;
}

const LOOK_EVERY_MS = 25;
const GIVES_UP_MS = Number(process.env.SOAK_GIVES_UP_MS ?? 120_000);

/** Each writes, waits for the answer, pauses and writes again, until `isOver`. */
export async function live(people: readonly Healthy[], pauseMs: number, isOver: () => boolean): Promise<Waits> {
  const waits: number[] = [];
  const lost: string[] = [];
  await Promise.all(
    people.map(async (person, index) => {
      await pause((pauseMs * index) / people.length);
      for (let round = 0; !isOver(); round++) {
        const text = `hello ${round}`;
        const startedAt = performance.now();
        await person.says(text);
        while (!person.screen().includes(`re: ${text}`) && performance.now() - startedAt < GIVES_UP_MS) {
          await pause(LOOK_EVERY_MS);
        }
        if (person.screen().includes(`re: ${text}`)) waits.push(performance.now() - startedAt);
        else lost.push(`${person.name}: "${text}"`);
        await pause(pauseMs * (0.5 + ((index * 7 + round * 13) % 100) / 100));
      }
    }),
  );
  const doubled = people.reduce((sum, person) => sum + person.screen().length - new Set(person.screen()).size, 0);
  return {
    answered: waits.length,
    p50Ms: quantile(waits, 0.5),
    p99Ms: quantile(waits, 0.99),
    longestMs: Math.max(0, ...waits),
    lost,
    doubled,
  };
}
