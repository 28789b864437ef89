/** The shipped command line, as a child process with an environment of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Command extends AsyncDisposable {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the process has ended and everything it wrote was read. */
  readonly ended: Promise<Exit>;
}

const alive = new Set<ChildProcess>();

// A test that was cut off by its time limit leaves nothing behind.
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/**
 * `turnpike <args>`, with nothing in its environment but what is given here. `isGroup`: as a shell starts it, in a process
 * group of its own, which Ctrl-C reaches as a whole.
 */
export function runCommand(args: readonly string[], env: Environment = {}, cwd?: string, isGroup = false): Command {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    stdio: ["ignore", "pipe", "pipe"],
    detached: isGroup,
    ...(cwd === undefined ? {} : { cwd }),
  });
  alive.add(child);
  const stdout: string[] = [];
  const stderr: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (part: string) => stdout.push(part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => stderr.push(part));
  const { promise: ended, resolve, reject } = Promise.withResolvers<Exit>();
  child.once("error", reject);
  child.once("close", (code, signal) => {
    alive.delete(child);
    resolve({ code, signal });
  });
  return {
    pid: child.pid ?? -1,
    stdout: () => stdout.join(""),
    stderr: () => stderr.join(""),
    signal: (name) => void child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
