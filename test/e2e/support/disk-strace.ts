/** strace on a process that runs already, and why there is none where there is none. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./eventually.ts";

/** Null when a process can be traced here. */
export function whyNoStrace(): string | null {
  if (process.platform !== "linux") return "strace is for Linux";
  const { status } = spawnSync("sh", ["-c", TRY]);
  if (status === ATTACHED) return null;
  return status === 127 ? "strace is not installed" : "the system doesn't let one process trace another";
}

/** What `timeout` says of a command that it had to end: strace was attached and would have stayed so. */
const ATTACHED = 124;
const TRY = `
  command -v strace > /dev/null || exit 127
  tail -f /dev/null & traced=$!
  timeout 0.5 strace -qq -e trace=none -o /dev/null -p $traced 2> /dev/null
  status=$?
  kill $traced
  exit $status`;

const CALLS = "read,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,pwritev,fsync,fdatasync";

const alive = new Set<ChildProcess>();

// A tracer that outlived its test would keep its process waiting.
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

export interface Strace extends AsyncDisposable {
  /** Lets go of the process and resolves with all that it did since, as strace writes it. */
  detach(): Promise<string>;
}

/** Resolves when every thread of the process is traced. `more`: arguments such as a fault to inject. */
export async function strace(pid: number, more: readonly string[] = []): Promise<Strace> {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-strace-"));
  const file = join(folder, "trace");
  const args = ["-f", "-y", "-s", "48", "-e", `trace=${CALLS}`, "-e", "signal=none", ...more, "-o", file];
  const child = spawn("strace", [...args, "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
  alive.add(child);
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    words += part;
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      alive.delete(child);
      resolve();
    });
  });
  async function end(): Promise<void> {
    child.kill("SIGINT");
    await ended;
  }
  await until("strace's word that it is attached", () => /attached/.test(words));
  return {
    async detach() {
      await end();
      return readFileSync(file, "utf8");
    },
    async [Symbol.asyncDispose]() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
