/**
 * `npm run bench:peers`: the whole way beside what people build at home, each set up as its documentation says, and what
 * each lost in twenty kills. Needs `redis-server`. Contenders take turns for several rounds, each with a new database.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startPostgresServer } from "../../test/support/postgres-server.ts";
import { processorMs } from "../postgres/stand.ts";
import { startPlatformAndBot } from "../support/platform-and-bot.ts";
import { print, progress, type Section } from "../support/section.ts";
import { median, spread } from "../support/statistics.ts";
import { atOnce, bursts, type Load } from "../support/way.ts";
import { BULLMQ, CONTENDERS, type Contender, WITH_QUIET_TIME } from "./contenders.ts";
import { type KillTrial, killTrial } from "./kills.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 4_000);
const WARM_UP = 1_000;

interface Result extends Load {
  readonly databaseMs: number;
}

type Parts = Parameters<Contender["open"]>[0];

async function round(contender: Contender, parts: Parts, id: string): Promise<Result> {
  await using place = await contender.open(parts);
  await using program = await place.start();
  await atOnce(program, parts.fakes, WARM_UP, `w${id}`);
  const before = await processorMs(place.databasePids);
  const whole = await atOnce(program, parts.fakes, MESSAGES, `r${id}`);
  return { ...whole, databaseMs: ((await processorMs(place.databasePids)) - before) / MESSAGES };
}

function rowOf(name: string, of: readonly Result[], trial: KillTrial | undefined): readonly string[] {
  return [
    name,
    spread(of.map(({ perSecond }) => perSecond)),
    spread(
      of.map(({ processorMs: ms }) => ms),
      2,
    ),
    spread(
      of.map(({ databaseMs }) => databaseMs),
      2,
    ),
    trial === undefined ? "" : `${trial.lost} of ${trial.acked}`,
    trial === undefined ? "" : String(trial.refused),
  ];
}

export async function peers(): Promise<Section> {
  install();
  const results = new Map<string, Result[]>(CONTENDERS.map(({ name }) => [name, []]));
  const trials = new Map<string, KillTrial>();
  const server = await startPostgresServer();
  try {
    await using fakes = await startPlatformAndBot();
    const parts = { fakes, server };
    for (let index = 0; index < ROUNDS; index++) {
      for (const contender of CONTENDERS) {
        const result = await round(contender, parts, `${index}`);
        results.get(contender.name)?.push(result);
        progress(`peers ${index + 1}/${ROUNDS}: ${contender.name}: ${result.perSecond.toFixed(0)} messages/s`);
      }
    }
    // The limit has no recovery.
    for (const contender of CONTENDERS.slice(1)) {
      await using place = await contender.open(parts);
      const trial = await killTrial(() => place.start(), fakes);
      trials.set(contender.name, trial);
      progress(`peers, ${trial.kills} kills: ${contender.name}: lost ${trial.lost} of ${trial.acked}`);
    }
  } finally {
    await server.destroy();
  }
  return {
    title: "Beside what people build at home",
    how: `${MESSAGES} messages of 2 000 people over 64 connections, no quiet time, a bot over HTTP that answers at once; every write on the disk before the 200. Then 20 times kill -9 within 20 s, and the platform sends again what it got no 200 for. Unanswered: acked, and no answer 40 s after the last one that came (graphile-worker takes a dead worker's job again after four hours). Refused: calls with a reply token that was used before, which no person sees. Medians of ${ROUNDS} rounds (smallest–largest).`,
    head: [
      "",
      "messages/s",
      "program: processor ms a message",
      "database: ms",
      "unanswered after the kills",
      "refused",
    ],
    rows: [...results].map(([name, of]) => rowOf(name, of, trials.get(name))),
    figures: Object.fromEntries([...results].map(([name, of]) => [name, median(of.map(({ perSecond }) => perSecond))])),
  };
}

const OF_EACH = 3;
const BURST_MESSAGES = MESSAGES * 6;

/** People who write three messages in a burst, at the default quiet time. */
export async function threeEach(): Promise<Section> {
  install();
  const contenders = [WITH_QUIET_TIME, BULLMQ];
  const results = new Map<string, Awaited<ReturnType<typeof bursts>>[]>(contenders.map(({ name }) => [name, []]));
  await using fakes = await startPlatformAndBot();
  for (let index = 0; index < ROUNDS; index++) {
    for (const { name, open } of contenders) {
      await using place = await open({ fakes });
      await using program = await place.start();
      await bursts(program, fakes, { count: WARM_UP * OF_EACH, ofEach: OF_EACH }, `w${index}`);
      const result = await bursts(program, fakes, { count: BURST_MESSAGES, ofEach: OF_EACH }, `b${index}`);
      results.get(name)?.push(result);
      progress(`bursts ${index + 1}/${ROUNDS}: ${name}: ${result.perSecond.toFixed(0)} messages/s`);
    }
  }
  return {
    title: "Three messages in a burst",
    how: `${BURST_MESSAGES} messages of ${BURST_MESSAGES / OF_EACH} people, each of whom writes ${OF_EACH} at once, over 64 connections, until the last one is answered. Turnpike waits for its default quiet time and answers a burst once; BullMQ's way answers each message. Medians of ${ROUNDS} rounds (smallest–largest).`,
    head: ["", "messages answered/s", "processor ms a message", "replies a message"],
    rows: [...results].map(([name, of]) => [
      name,
      spread(of.map(({ perSecond }) => perSecond)),
      spread(
        of.map(({ processorMs: ms }) => ms),
        2,
      ),
      spread(
        of.map(({ replies }) => replies / BURST_MESSAGES),
        2,
      ),
    ]),
  };
}

/** The peers are dependencies of this bench alone. */
function install(): void {
  if (existsSync(new URL("./node_modules", import.meta.url))) return;
  progress("peers: npm ci in bench/peers");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: "inherit",
  });
}

if (import.meta.main) {
  print(await peers());
  print(await threeEach());
}
