import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type Clock, inTime } from "../../runtime/clock.ts";
import type { GatewayOutcome } from "../../simulator/console-api/simulated.ts";
import type { GatewayOrder, GatewayWire } from "../../simulator/console-api/wire.ts";

/** A line of the gateway's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface GatewayProcessOptions {
  readonly clock: Clock;
  /** Path of this package's command line. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory. */
  readonly folder: string;
  readonly onLine: (line: LogLine) => void;
}

/** Run in the gateway's process: when the channel to its parent breaks, however the parent ended, it ends as well. */
const ENDS_WITH_PARENT = 'process.once("disconnect", () => process.exit(1))';
const PRELOADED = `data:text/javascript,${encodeURIComponent(ENDS_WITH_PARENT)}`;

/** A frozen process doesn't learn that its parent has ended: this one does, by its input, and lets it go on. */
const GUARD = ["-c", 'read _; kill -CONT "$0"'];

/** Ctrl-C in a terminal is for the parent alone, which stops this one. On Windows it would be another window. */
const APART = { detached: process.platform !== "win32" };

/** A graceful shutdown takes 10 s at most. */
const STOP_TIMEOUT_MS = 15_000;
const DONE: GatewayOutcome = { kind: "done" };
const refused = (why: string): GatewayOutcome => ({ kind: "refused", why });

interface Running {
  readonly child: ChildProcess;
  /** Resolves when it is up, or has ended before. */
  readonly started: Promise<GatewayOutcome>;
  /** Resolves when it has ended and all that it wrote was read. */
  readonly ended: Promise<void>;
}

/** `turnpike start` as a process of its own, which is killed, frozen and started again. */
export class GatewayProcess {
  /** Of its admin port; `null` while it isn't up. A frozen one has it, and doesn't answer. */
  adminUrl: string | null = null;
  state: GatewayWire;
  readonly #options: GatewayProcessOptions;
  readonly #listeners: ((state: GatewayWire) => void)[] = [];
  #running: Running | null = null;
  #isStopping = false;
  #isKilled = false;
  /** Of the restart, or of the end of a freeze. */
  #cancelTimer = () => {};
  /** Of a frozen process. */
  #guard: ChildProcess | null = null;

  constructor(options: GatewayProcessOptions) {
    this.#options = options;
    this.state = { state: "down", since: options.clock.now(), kills: 0, restartAt: null };
  }

  listen(listener: (state: GatewayWire) => void): void {
    this.#listeners.push(listener);
  }

  async order(order: GatewayOrder): Promise<GatewayOutcome> {
    switch (order.do) {
      case "start":
        return await this.start();
      case "kill":
        return await this.#kill(order.restartAfterMs);
      case "freeze":
        return this.#freeze(order.forMs);
      default:
        return order satisfies never;
    }
  }

  /** Resolves when it is up. One that is being started is waited for, and a frozen one goes on. */
  async start(): Promise<GatewayOutcome> {
    if (this.state.state === "frozen") return this.#thaw();
    if (this.state.state === "up") return refused("the gateway is up");
    this.#cancelTimer();
    this.#running ??= this.#spawn();
    return await this.#running.started;
  }

  /** Gracefully; for good. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#cancelTimer();
    const { child, ended } = this.#running ?? {};
    if (child === undefined) return;
    if (this.state.state === "frozen") this.#thaw();
    child.kill("SIGTERM");
    if ((await inTime(this.#options.clock, STOP_TIMEOUT_MS, async () => await ended)) !== "late") return;
    child.kill("SIGKILL");
    await ended;
  }

  #spawn(): Running {
    const { program, args, env, folder, onLine } = this.#options;
    const child = spawn(process.execPath, ["--import", PRELOADED, program, ...args], {
      env,
      cwd: folder,
      ...APART,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    }) as ChildProcessByStdio<null, Readable, Readable>;
    this.#become({ state: "starting", restartAt: null });
    const started = Promise.withResolvers<GatewayOutcome>();
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = parseLine(text);
      if (line === null) return;
      onLine(line);
      if (line.msg !== "started") return;
      this.adminUrl = String(line.admin);
      this.#become({ state: "up", restartAt: null });
      started.resolve(DONE);
    });
    let complaint = "";
    createInterface({ input: child.stderr }).on("line", (text) => {
      if (this.state.state !== "starting") onLine({ level: "error", msg: text });
      else if (complaint === "") complaint = text;
    });
    const ended = Promise.withResolvers<void>();
    child.once("error", (error) => started.resolve(refused(error.message)));
    child.once("close", () => {
      this.#hasEnded();
      started.resolve(refused(complaint === "" ? "the gateway ended before it was up" : complaint));
      ended.resolve();
    });
    return { child, started: started.promise, ended: ended.promise };
  }

  #hasEnded(): void {
    this.#cancelTimer();
    this.#guard?.stdin?.end();
    this.adminUrl = null;
    this.#running = null;
    // Whoever killed it says when it starts again.
    if (!this.#isKilled && !this.#isStopping) this.#become({ state: "down", restartAt: null });
  }

  async #kill(restartAfterMs: number | null): Promise<GatewayOutcome> {
    const running = this.#running;
    if (running === null || this.#isKilled) return refused("the gateway is down");
    this.#isKilled = true;
    running.child.kill("SIGKILL");
    await running.ended;
    this.#isKilled = false;
    const restartAt = restartAfterMs === null ? null : this.#options.clock.now() + restartAfterMs;
    this.#become({ state: "down", restartAt, kills: this.state.kills + 1 });
    if (restartAfterMs !== null && !this.#isStopping) this.#after(restartAfterMs, () => void this.#restart());
    return DONE;
  }

  /** Its result is awaited by no caller: a failure is a line of the log. */
  async #restart(): Promise<void> {
    const outcome = await this.start();
    if (outcome.kind === "refused") this.#options.onLine({ level: "error", msg: outcome.why });
  }

  #freeze(forMs: number): GatewayOutcome {
    const { child } = this.#running ?? {};
    if (child === undefined || this.state.state !== "up") return refused(`the gateway is ${this.state.state}`);
    if (process.platform === "win32") return refused("Windows can't freeze a process");
    this.#guard = spawn("sh", [...GUARD, String(child.pid)], {
      stdio: ["pipe", "ignore", "ignore"],
      ...APART,
    });
    // Without a shell it is thawed by this process alone.
    this.#guard.on("error", () => {});
    child.kill("SIGSTOP");
    this.#become({ state: "frozen", restartAt: this.#options.clock.now() + forMs });
    this.#after(forMs, () => this.#thaw());
    return DONE;
  }

  #thaw(): GatewayOutcome {
    this.#cancelTimer();
    this.#running?.child.kill("SIGCONT");
    this.#guard?.stdin?.end();
    this.#become({ state: "up", restartAt: null });
    return DONE;
  }

  #after(delayMs: number, act: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(delayMs, act);
  }

  #become(change: Partial<GatewayWire>): void {
    this.state = { ...this.state, since: this.#options.clock.now(), ...change };
    for (const listener of this.#listeners) listener(this.state);
  }
}

/** `null`: the process was killed in the middle of the line. */
function parseLine(text: string): LogLine | null {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return null;
  }
}
