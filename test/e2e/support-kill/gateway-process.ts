import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

/** Lines kept for the message of a failure. */
const LINES_KEPT = 30;

/** One process of the shipped program. */
export interface GatewayProcess {
  /** The admin port's address once it works; `null` when the process ended before. */
  readonly started: Promise<string | null>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Between what times (epoch ms) it worked: from its start's end to its own; `null` while it isn't over, or never began. */
  worked(): { readonly from: number; readonly to: number } | null;
  /** What it logged as an error, a JSON line each. */
  readonly errors: readonly string[];
  /** The end of everything it wrote. */
  lastWords(): string;
  /** `kill -9`, now. */
  kill(): void;
  /** As an operator does it. */
  terminate(): void;
}

export function startGateway(env: Readonly<Record<string, string>>): GatewayProcess {
  // Nothing of the surrounding environment: a developer's own settings are not part of the test.
  const child = spawn(process.execPath, [CLI, "start"], { env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const started = Promise.withResolvers<string | null>();
  let from: number | null = null;
  let to: number | null = null;
  const errors: string[] = [];
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    keep(line);
    const { level, msg, admin } = read(line);
    if (msg === "started") {
      from = Date.now();
      started.resolve(admin ?? null);
    }
    if (level === "error" || level === "fatal") errors.push(line);
  });
  createInterface({ input: child.stderr }).on("line", keep);
  void ended.then(() => {
    to = Date.now();
    started.resolve(null);
  });
  return {
    started: started.promise,
    ended,
    worked: () => (from === null || to === null ? null : { from, to }),
    errors,
    lastWords: () => lines.join("\n"),
    kill: () => child.kill("SIGKILL"),
    terminate: () => child.kill("SIGTERM"),
  };
}

/** A process that is killed may leave half a line. */
function read(line: string): { level?: string; msg?: string; admin?: string } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
