/**
 * `npm run bench:growth`: what a message, a start and memory cost with an empty file, and with many stored events.
 * BENCH_STORED names the sizes.
 */
import { stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { TURNPIKE } from "../support/contenders.ts";
import { type PlatformAndBot, startPlatformAndBot } from "../support/platform-and-bot.ts";
import { startProgram } from "../support/program.ts";
import { print, progress, type Section } from "../support/section.ts";
import { median, spread } from "../support/statistics.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { atOnce, type Load } from "../support/way.ts";
import { fill } from "./history.ts";
import { recovery } from "./recovery.ts";

const STORED = (process.env.BENCH_STORED ?? "1000,100000,1000000").split(",").map(Number);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 6_000);
const WARM_UP = 3_000;

interface Result extends Load {
  readonly startMs: number;
  readonly memoryMb: number;
}

/** The files grow by what the rounds add, which is little beside what they hold. */
async function round(file: string, fakes: PlatformAndBot, id: string): Promise<Result> {
  const startedAt = performance.now();
  await using program = await startProgram(TURNPIKE, [`sqlite:${file}`, fakes.platformUrl, fakes.botUrl]);
  const startMs = performance.now() - startedAt;
  await atOnce(program, fakes, WARM_UP, `w${id}`);
  const whole = await atOnce(program, fakes, MESSAGES, `r${id}`);
  return { ...whole, startMs, memoryMb: await program.memoryMb() };
}

export async function growth(): Promise<Section> {
  await using folder = await temporaryFolder();
  const files = new Map(STORED.map((count) => [count, folder.file(`${count}.db`)]));
  for (const [count, file] of files) {
    progress(`growth: storing ${count} events`);
    await fill(file, count);
  }
  const sizes = await Promise.all([...files.values()].map(async (file) => (await stat(file)).size / 1_048_576));
  const results = new Map<number, Result[]>(STORED.map((count) => [count, []]));
  await using fakes = await startPlatformAndBot();
  for (let index = 0; index < ROUNDS; index++) {
    for (const [count, file] of files) {
      const result = await round(file, fakes, `${index}x${count}`);
      results.get(count)?.push(result);
      progress(`growth ${index + 1}/${ROUNDS}: ${count} stored: ${result.processorMs.toFixed(2)} ms a message`);
    }
  }
  return {
    title: "With a long history",
    how: `${MESSAGES} messages of 2 000 people whose conversations have that history, SQLite. Medians of ${ROUNDS} rounds (smallest–largest).`,
    head: ["events stored", "file MB", "messages/s", "processor ms a message", "start ms", "memory MB"],
    rows: [...results].map(([count, of], index) => [
      String(count),
      (sizes[index] ?? 0).toFixed(0),
      spread(of.map(({ perSecond }) => perSecond)),
      spread(
        of.map(({ processorMs }) => processorMs),
        2,
      ),
      spread(of.map(({ startMs }) => startMs)),
      spread(of.map(({ memoryMb }) => memoryMb)),
    ]),
    figures: Object.fromEntries(
      [...results].map(([count, of]) => [String(count), median(of.map(({ processorMs }) => processorMs))]),
    ),
  };
}

const WAITING = Number(process.env.BENCH_WAITING ?? 1_000_000);
const IDLE_S = 20;

/** A gateway whose bot is away, with that many turns that wait for it. */
export async function waiting(): Promise<Section> {
  await using folder = await temporaryFolder();
  const file = folder.file("waiting.db");
  progress(`waiting: storing ${WAITING} turns`);
  await fill(file, WAITING, { turns: "ready" });
  const startedAt = performance.now();
  await using program = await startProgram(new URL("../ack/turnpike.ts", import.meta.url), [file]);
  const startMs = performance.now() - startedAt;
  await pause(IDLE_S * 1_000);
  const before = await program.processorMs();
  await pause(IDLE_S * 1_000);
  const share = ((await program.processorMs()) - before) / (IDLE_S * 1_000);
  const memory = await program.memoryMb();
  return {
    title: "With a million turns that wait",
    how: `${WAITING} turns are ready and the bot is away; nothing comes in for ${IDLE_S} s.`,
    head: ["turns that wait", "of one core", "start ms", "memory MB"],
    rows: [[String(WAITING), `${(100 * share).toFixed(1)} %`, startMs.toFixed(0), memory.toFixed(0)]],
  };
}

if (import.meta.main) {
  print(await growth());
  print(await waiting());
  print(await recovery());
}
