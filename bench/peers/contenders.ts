/** Programs and their databases, each set up as its documentation says. */
import type { PostgresServer } from "../../test/support/postgres-server.ts";
import { postmaster } from "../postgres/stand.ts";
import { LIMIT, TURNPIKE } from "../support/contenders.ts";
import type { PlatformAndBot } from "../support/platform-and-bot.ts";
import { type Program, startProgram } from "../support/program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { startRedis } from "./redis.ts";

/** A database of its own, and how the program is started on it. */
export interface Place extends AsyncDisposable {
  start(): Promise<Program>;
  /** Processes of the database; none where it is in the program. */
  readonly databasePids: readonly number[];
}

interface Fakes {
  readonly fakes: PlatformAndBot;
}

export interface Contender<Parts = Fakes & { readonly server: PostgresServer }> {
  readonly name: string;
  open(parts: Parts): Promise<Place>;
}

const here = (path: string) => new URL(path, import.meta.url);

const onSqlite = (name: string, script: URL, prefix: string, ...more: string[]): Contender<Fakes> => ({
  name,
  async open({ fakes: { platformUrl, botUrl } }) {
    const folder = await temporaryFolder();
    return {
      start: () => startProgram(script, [`${prefix}${folder.file("bench.db")}`, platformUrl, botUrl, ...more]),
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

export const BULLMQ: Contender<Fakes> = {
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

export const CONTENDERS: readonly Contender[] = [
  onSqlite("limit, SQLite", LIMIT, ""),
  onSqlite("Turnpike, SQLite", TURNPIKE, "sqlite:"),
  BULLMQ,
  onPostgres("Turnpike, PostgreSQL", TURNPIKE),
  onPostgres("graphile-worker, PostgreSQL", here("./graphile-worker.mjs")),
];

/** As it ships: a person's burst becomes one turn. */
export const WITH_QUIET_TIME = onSqlite("Turnpike, SQLite", TURNPIKE, "sqlite:", "");
