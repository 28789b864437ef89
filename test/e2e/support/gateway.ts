/** `turnpike start` as a child process on a database file of its own, which outlives kills and restarts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { type Command, type Environment, type Exit, runCommand } from "./command.ts";
import { until } from "./eventually.ts";
import { Metrics } from "./metrics.ts";

export interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const LOOPBACK: Environment = {
  TURNPIKE_HOST: "127.0.0.1",
  TURNPIKE_PORT: "0",
  TURNPIKE_ADMIN_PORT: "0",
  TURNPIKE_LOG_LEVEL: "debug",
};

export class Gateway implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "turnpike-e2e-"));
  readonly file = join(this.#folder, "turnpike.db");
  readonly #commands: Command[] = [];
  #env: Environment;
  #urls = { public: "", admin: "" };

  constructor(env: Environment) {
    this.#env = { ...LOOPBACK, TURNPIKE_DATABASE_URL: `sqlite:${this.file}`, ...env };
  }

  /** Starts it, or starts it again on the same file; `changes` to its environment stay. Resolves when it is up. */
  async start(changes: Environment = {}): Promise<void> {
    this.#env = { ...this.#env, ...changes };
    const command = runCommand(["start"], this.#env);
    this.#commands.push(command);
    const ended = command.ended.then((exit) => {
      throw new Error(`the gateway ended with ${JSON.stringify(exit)} and said: ${command.stderr()}`);
    });
    const started = until("the gateway's line `started`", () => lines(command).find(({ msg }) => msg === "started"));
    const line = await Promise.race([started, ended]);
    ended.catch(() => undefined);
    this.#urls = { public: new URL(String(line.webhooks).split(" ")[0] ?? "").origin, admin: String(line.admin) };
  }

  get url(): string {
    return this.#urls.public;
  }
  get webhookUrl(): string {
    return `${this.url}/webhook/line`;
  }
  get adminUrl(): string {
    return this.#urls.admin;
  }
  get #command(): Command {
    const command = this.#commands.at(-1);
    if (command === undefined) throw new Error("the gateway was never started");
    return command;
  }
  get pid(): number {
    return this.#command.pid;
  }

  /** What every process of this gateway logged, in order. */
  get logs(): readonly LogLine[] {
    return this.#commands.flatMap(lines);
  }
  /** The log lines with that message, and with these fields if some are given. */
  logged(message: string, fields: Readonly<Record<string, unknown>> = {}): readonly LogLine[] {
    const wanted = Object.entries(fields);
    return this.logs.filter((line) => line.msg === message && wanted.every(([name, value]) => line[name] === value));
  }
  /** Resolves with them when there are that many. A line is written a little after what it tells of. */
  async hasLogged(
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
    count = 1,
  ): Promise<readonly LogLine[]> {
    return await until(`the log line "${message}"`, () => {
      const found = this.logged(message, fields);
      return found.length >= count && found;
    });
  }
  /** Everything it ever wrote, on both streams. */
  output(): string {
    return this.#commands.map((command) => command.stdout() + command.stderr()).join("");
  }

  signal(name: NodeJS.Signals): void {
    this.#command.signal(name);
  }
  get ended(): Promise<Exit> {
    return this.#command.ended;
  }
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }
  /** SIGTERM, and how the process ended. */
  async term(): Promise<Exit> {
    this.signal("SIGTERM");
    return await this.ended;
  }

  async metrics(): Promise<Metrics> {
    const response = await fetch(`${this.adminUrl}/metrics`);
    if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
    return new Metrics(await response.text());
  }

  /** Rows of the database, read by a second connection that can't write. */
  rows<T = Readonly<Record<string, string | number | null>>>(sql: string, ...parameters: unknown[]): T[] {
    const db = new Database(this.file, { readonly: true });
    try {
      return db.prepare(sql).all(...parameters) as T[];
    } finally {
      db.close();
    }
  }
  /** The first column of the first row. */
  value(sql: string, ...parameters: unknown[]): string | number | null | undefined {
    const [row] = this.rows<Record<string, string | number | null>>(sql, ...parameters);
    return Object.values(row ?? {})[0];
  }
  /** What an operator's shell could do to the file behind the gateway's back. */
  tamper(sql: string): void {
    const db = new Database(this.file);
    try {
      db.exec(sql);
    } finally {
      db.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#commands) await command[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function lines(command: Command): LogLine[] {
  return command
    .stdout()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogLine);
}
