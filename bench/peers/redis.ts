/** A Redis that confirms a write when it is on the disk, as who relies on it must set it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../test/support/free-ports.ts";

export interface Redis extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** Throws when `redis-server` isn't installed. */
export async function startRedis(): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), "turnpike-redis-"));
  const port = await freePort();
  const durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
  const server = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, ...durable], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await ready(server);
  return {
    port,
    pid: server.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ready(server: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", (cause) => reject(new Error("redis-server can't be started; is it installed?", { cause })));
  server.once("exit", (code) => reject(new Error(`redis-server exited with ${code}`)));
  let text = "";
  server.stdout?.on("data", (part: Buffer) => {
    text += part.toString();
    if (text.includes("Ready to accept connections")) resolve();
  });
  await promise;
}
