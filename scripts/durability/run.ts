/** Runs one part of the durability run as a process of its own and reads its figures. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  readonly ok: boolean;
  readonly seconds: number;
  /** Everything it said. */
  readonly said: string;
}

/** `node <args>`. Ends it after `limitMs`: then it is not ok. `onLine` sees each line as it comes. */
export async function run(args: readonly string[], limitMs: number, onLine: (line: string) => void): Promise<Ended> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1" },
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
    lines.push(`not at its end after ${limitMs} ms`);
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, limitMs);
  const [code] = await once(child, "close");
  clearTimeout(timer);
  return { ok: code === 0, seconds: (performance.now() - startedAt) / 1_000, said: lines.join("\n") };
}

/** The last line `FIGURES {json}`. */
export function figuresIn(said: string): unknown {
  const line = said.split("\n").findLast((one) => one.startsWith("FIGURES "));
  return line === undefined ? null : (JSON.parse(line.slice("FIGURES ".length)) as unknown);
}
