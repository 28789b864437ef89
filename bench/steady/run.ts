/**
 * `npm run bench:steady`: an ordinary day, 100 messages a second of 3 000 people with the default quiet time: what a message
 * costs when nearly nothing happens at once, and whether memory grows. Beside the limit, which has no quiet time.
 * BENCH_SECONDS for longer.
 */
import { type Contender, limit, turnpike } from "../support/contenders.ts";
import { loadAt } from "../support/load.ts";
import { type PlatformAndBot, startPlatformAndBot } from "../support/platform-and-bot.ts";
import type { Program } from "../support/program.ts";
import { print, progress, type Section } from "../support/section.ts";
import { median, spread } from "../support/statistics.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { signedRequests } from "../support/webhooks.ts";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 40);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const PER_SECOND = 100;
const PEOPLE = 3_000;
const CONNECTIONS = 16;
const WARM_UP_S = 10;

const CONTENDERS: readonly Contender[] = [limit("limit"), turnpike("Turnpike", { bot: "http", quietMs: "" })];

interface Result {
  /** Processor time of the program, a message. */
  readonly processorMs: number;
  /** Resident, at the end of the warm-up and of the run. */
  readonly memoryMb: readonly [before: number, after: number];
}

async function day(program: Program, fakes: PlatformAndBot, seconds: number, id: string): Promise<void> {
  const count = seconds * PER_SECOND;
  await fakes.reset();
  const requests = signedRequests(count, id, program.port, PEOPLE);
  await loadAt(program.port, requests, { perSecond: PER_SECOND, connections: CONNECTIONS });
  // A person writes again after 30 s: no two messages share an answer.
  await fakes.replied(count);
}

async function round(contender: Contender, fakes: PlatformAndBot, id: string): Promise<Result> {
  await using folder = await temporaryFolder();
  await using program = await contender.start(folder.file("bench.db"), fakes);
  await day(program, fakes, WARM_UP_S, `w${id}`);
  const [before, memoryBefore] = [await program.processorMs(), await program.memoryMb()];
  await day(program, fakes, SECONDS, `r${id}`);
  const used = (await program.processorMs()) - before;
  return { processorMs: used / (SECONDS * PER_SECOND), memoryMb: [memoryBefore, await program.memoryMb()] };
}

export async function steady(): Promise<Section> {
  const results = new Map<string, Result[]>(CONTENDERS.map(({ name }) => [name, []]));
  await using fakes = await startPlatformAndBot();
  for (let index = 0; index < ROUNDS; index++) {
    for (const contender of CONTENDERS) {
      const result = await round(contender, fakes, `${index}`);
      results.get(contender.name)?.push(result);
      progress(`steady ${index + 1}/${ROUNDS}: ${contender.name}: ${result.processorMs.toFixed(2)} ms a message`);
    }
  }
  const least = median((results.get("limit") ?? []).map(({ processorMs }) => processorMs));
  return {
    title: "A steady day",
    how: `${PER_SECOND} messages a second of ${PEOPLE} people for ${SECONDS} s, default quiet time (the limit has none), SQLite. Medians of ${ROUNDS} rounds (smallest–largest).`,
    head: ["", "processor ms a message", "times the limit", "memory MB, before", "after"],
    rows: [...results].map(([name, of]) => {
      const spent = of.map(({ processorMs }) => processorMs);
      const memory = (at: 0 | 1) => spread(of.map(({ memoryMb }) => memoryMb[at]));
      return [name, spread(spent, 2), (median(spent) / least).toFixed(1), memory(0), memory(1)];
    }),
    figures: Object.fromEntries([...results].map(([name, of]) => [name, median(of.map((one) => one.processorMs))])),
  };
}

if (import.meta.main) print(await steady());
