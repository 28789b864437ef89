/**
 * `npm run bench:way`: a message's whole way, from the webhook to the reply call that the platform took, beside the limit
 * (`bench/limit`), in one run. Contenders take turns for several rounds, each with a new file; medians are compared. Load,
 * platform, bot and gateway share this machine.
 */
import { type Contender, limit, turnpike } from "../support/contenders.ts";
import { type PlatformAndBot, startPlatformAndBot } from "../support/platform-and-bot.ts";
import { print, progress, type Section } from "../support/section.ts";
import { median, spread } from "../support/statistics.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { atOnce, atRate, type Latency, type Load, oneByOne } from "../support/way.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 8_000);
const WARM_UP = 2_000;
/** One at a time, for the latency. */
const SINGLE = 300;
/** Seconds of open loop. */
const OPEN_LOOP_S = 5;

const CONTENDERS: readonly Contender[] = [
  limit("limit, HTTP bot"),
  turnpike("Turnpike, HTTP bot", { bot: "http", quietMs: "0" }),
  turnpike("Turnpike, WebSocket bot", { bot: "WebSocket", quietMs: "0" }),
  turnpike("Turnpike, bot in process", { bot: "in process", quietMs: "0" }),
];

interface Result extends Load {
  readonly alone: Latency;
  /** At half of its own throughput. */
  readonly half: Latency;
  readonly pushed: number;
}

async function round(contender: Contender, fakes: PlatformAndBot, id: string): Promise<Result> {
  await using folder = await temporaryFolder();
  await using program = await contender.start(folder.file("bench.db"), fakes);
  await atOnce(program, fakes, WARM_UP, `w${id}`);
  const whole = await atOnce(program, fakes, MESSAGES, `r${id}`);
  const { pushed } = await fakes.seen();
  const alone = await oneByOne(program, fakes, SINGLE, `s${id}`);
  const perSecond = Math.round(whole.perSecond / 2);
  const half = await atRate(program, fakes, { perSecond, count: perSecond * OPEN_LOOP_S }, `h${id}`);
  return { ...whole, alone, half, pushed };
}

function rowOf(name: string, of: readonly Result[], limits: readonly Result[]): readonly string[] {
  const each = (value: (result: Result) => number, digits = 0) => spread(of.map(value), digits);
  const ratios = of.map((one, index) => one.perSecond / (limits[index]?.perSecond ?? Number.NaN));
  return [
    name,
    each(({ perSecond }) => perSecond),
    median(ratios).toFixed(2),
    each(({ processorMs }) => processorMs, 2),
    each(({ alone }) => alone.p50Ms, 1),
    each(({ alone }) => alone.p99Ms, 1),
    each(({ half }) => half.p50Ms, 1),
    each(({ half }) => half.p99Ms, 1),
    String(of.reduce((sum, { pushed }) => sum + pushed, 0)),
  ];
}

export async function way(): Promise<Section> {
  const results = new Map<string, Result[]>(CONTENDERS.map(({ name }) => [name, []]));
  await using fakes = await startPlatformAndBot();
  for (let index = 0; index < ROUNDS; index++) {
    for (const contender of CONTENDERS) {
      const result = await round(contender, fakes, `${index}`);
      results.get(contender.name)?.push(result);
      progress(`way ${index + 1}/${ROUNDS}: ${contender.name}: ${result.perSecond.toFixed(0)} messages/s`);
    }
  }
  const limits = results.get(CONTENDERS[0]?.name ?? "") ?? [];
  return {
    title: "The whole way of a message",
    how: `${MESSAGES} messages of 2 000 people over 64 connections, no quiet time, SQLite; then one at a time, then at half of the throughput just measured. Medians of ${ROUNDS} rounds (smallest–largest).`,
    head: [
      "",
      "messages/s",
      "ratio",
      "processor ms a message",
      "alone: p50 ms",
      "p99 ms",
      "half: p50 ms",
      "p99 ms",
      "paid",
    ],
    rows: [...results].map(([name, of]) => rowOf(name, of, limits)),
    figures: Object.fromEntries([...results].map(([name, of]) => [name, median(of.map(({ perSecond }) => perSecond))])),
  };
}

if (import.meta.main) print(await way());
