/** What a bench found: printed as one table, and a part of `docs/performance.md`. */
import { cpus } from "node:os";
import { table } from "./statistics.ts";

export interface Section {
  readonly title: string;
  /** How it was measured, in a sentence or two. */
  readonly how: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Figures for the picture: value by contender. */
  readonly figures?: Readonly<Record<string, number>>;
}

export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model.trim() || "unknown"}), Node ${process.version}`;
}

export function print({ title, how, head, rows }: Section): void {
  console.log(`\n${title}; ${machine()}\n${how}`);
  console.log(table([head, ...rows]));
}

export const progress = (text: string) => process.stderr.write(`${text}\n`);
