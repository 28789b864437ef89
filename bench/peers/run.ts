/**
 * `npm run bench:peers`: the whole way beside what people build at home, each set up as its documentation says, and what
 * each lost in twenty kills. Needs `redis-server`. Contenders take turns for several rounds, each with a new database.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type PostgresServer, startPostgresServer } from "../../test/support/postgres-server.ts";
import { postmaster, processorMs } from "../postgres/stand.ts";
import { LIMIT, TURNPIKE } from "../support/contenders.ts";
import { type PlatformAndBot, startPlatformAndBot } from "../support/platform-and-bot.ts";
import { type Program, startProgram } from "../support/program.ts";
import { print, progress, type Section } from "../support/section.ts";
import { median, spread } from "../support/statistics.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Burst, burst } from "../support/way.ts";
import { type KillTrial, killTrial } from "./kills.ts";
import { startRedis } from "./redis.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 4_000);
const WARM_UP = 1_000;

/** A database of its own, and how the program is started on it. */
interface Place extends AsyncDisposable {
  start(): Promise<Program>;
  /** Processes of the database; none where it is in the program. */
  readonly databasePids: readonly number[];
}

interface Contender {
  readonly name: string;
  open(parts: { readonly fakes: PlatformAndBot; readonly server: PostgresServer }): Promise<Place>;
}

const here = (path: string) => new URL(path, import.meta.url);

const onSqlite = (name: string, script: URL, prefix: string): Contender => ({
  name,
  async open({ fakes: { platformUrl, botUrl } }) {
    const folder = await temporaryFolder();
    return {
      start: () => startProgram(script, [`${prefix}${folder.file("bench.db")}`, platformUrl, botUrl]),
      databasePids: [],
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
});

let databases = 0;

const onPostgres = (name: string, script: URL): Contender => ({
  name,
  async open({ fakes: { platformUrl, botUrl }, server }) {
    const database = `peers_${++databases}`;
    const url = await server.createDatabase(database);
    return {
      start: () => startProgram(script, [url, platformUrl, botUrl]),
      databasePids: [await postmaster(server)],
      [Symbol.asyncDispose]: async () => void (await server.query(`DROP DATABASE ${database} WITH (FORCE)`)),
    };
  },
});

const BULLMQ: Contender = {
  name: "BullMQ, Redis",
  async open({ fakes: { platformUrl, botUrl } }) {
    const redis = await startRedis();
    return {
      start: () => startProgram(here("./bullmq.mjs"), [String(redis.port), platformUrl, botUrl]),
      databasePids: [redis.pid],
      [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
    };
  },
};

const CONTENDERS: readonly Contender[] = [
  onSqlite("limit, SQLite", LIMIT, ""),
  onSqlite("Turnpike, SQLite", TURNPIKE, "sqlite:"),
  BULLMQ,
  onPostgres("Turnpike, PostgreSQL", TURNPIKE),
  onPostgres("graphile-worker, PostgreSQL", here("./graphile-worker.mjs")),
];

interface Result extends Burst {
  readonly databaseMs: number;
}

type Parts = Parameters<Contender["open"]>[0];

async function round(contender: Contender, parts: Parts, id: string): Promise<Result> {
  await using place = await contender.open(parts);
  await using program = await place.start();
  await burst(program, parts.fakes, WARM_UP, `w${id}`);
  const before = await processorMs(place.databasePids);
  const whole = await burst(program, parts.fakes, MESSAGES, `r${id}`);
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

/** The peers are dependencies of this bench alone. */
function install(): void {
  if (existsSync(here("./node_modules"))) return;
  progress("peers: npm ci in bench/peers");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: fileURLToPath(here("./")), stdio: "inherit" });
}

if (import.meta.main) print(await peers());
