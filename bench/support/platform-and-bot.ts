/** Starts the fakes, and asks them what they have seen. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Seen } from "./fakes.ts";

export interface PlatformAndBot extends AsyncDisposable {
  readonly platformUrl: string;
  readonly botUrl: string;
  reset(): Promise<void>;
  seen(): Promise<Seen>;
  /** With the time of each reply. */
  times(): Promise<Seen>;
  /** Resolves when that many replies have come since `reset`. Throws when none comes for 30 s. */
  replied(count: number): Promise<void>;
}

const ASK_EVERY_MS = 20;
const NOTHING_COMES_MS = 30_000;

export async function startPlatformAndBot(): Promise<PlatformAndBot> {
  const child: ChildProcess = fork(new URL("./fakes.ts", import.meta.url), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await once(child, "message");
  const ask = async <T>(question: string): Promise<T> => {
    child.send(question);
    const [answer] = await once(child, "message");
    return answer as T;
  };
  const { platformPort, botPort } = await ask<{ platformPort: number; botPort: number }>("ports");
  const seen = () => ask<Seen>("seen");
  return {
    platformUrl: `http://127.0.0.1:${platformPort}`,
    botUrl: `http://127.0.0.1:${botPort}`,
    reset: async () => void (await ask("reset")),
    seen,
    times: () => ask<Seen>("times"),
    async replied(count) {
      let last = { replied: -1, at: performance.now() };
      for (;;) {
        const { replied } = await seen();
        if (replied >= count) return;
        if (replied !== last.replied) last = { replied, at: performance.now() };
        else if (performance.now() - last.at > NOTHING_COMES_MS)
          throw new Error(`only ${replied} of ${count} replies came`);
        await pause(ASK_EVERY_MS);
      }
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
