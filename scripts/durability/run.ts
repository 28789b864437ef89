/** Runs one part of the durability run as a process of its own and reads its figures. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  readonly ok: boolean;
  readonly seconds: number;
  /** Output of stdout and stderr. */
  readonly output: string;
}

/** Runs `node <args>` and calls `onLine` for each line. Kills it after `limitMs`, which is not ok. */
export async function run(args: readonly string[], limitMs: number, onLine: (line: string) => void): Promise<Ended> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...args], {
    cwd: ROOT,
    // More kills than in `npm test`.
    env: { TURNPIKE_TEST_KILL_ROUNDS: "3", ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      onLine(line);
    });
  }
  const timer = setTimeout(() => {
    lines.push(`killed after ${limitMs} ms`);
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, limitMs);
  const [code] = await once(child, "close");
  clearTimeout(timer);
  return { ok: code === 0, seconds: (performance.now() - startedAt) / 1_000, output: lines.join("\n") };
}

/** The last line `FIGURES {json}`. */
export function figuresIn(output: string): unknown {
  const line = output.split("\n").findLast((one) => one.startsWith("FIGURES "));
  return line === undefined ? null : (JSON.parse(line.slice("FIGURES ".length)) as unknown);
}
