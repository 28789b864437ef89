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
  /** Resolves when the bot was asked that many messages since `reset` and each turn was replied to. Throws likewise. */
  answered(messages: number): Promise<void>;
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
  const until = async (isDone: (seen: Seen) => boolean, count: number) => {
    let last = { replied: -1, at: performance.now() };
    for (;;) {
      const now = await seen();
      if (isDone(now)) return;
      if (now.replied !== last.replied) last = { replied: now.replied, at: performance.now() };
      else if (performance.now() - last.at > NOTHING_COMES_MS)
        throw new Error(`only ${now.replied} replies came, to ${now.asked} of ${count} messages`);
      await pause(ASK_EVERY_MS);
    }
  };
  return {
    platformUrl: `http://127.0.0.1:${platformPort}`,
    botUrl: `http://127.0.0.1:${botPort}`,
    reset: async () => void (await ask("reset")),
    seen,
    times: () => ask<Seen>("times"),
    replied: (count) => until(({ replied }) => replied >= count, count),
    answered: (messages) =>
      until(({ asked, turns, replied, pushed }) => asked >= messages && replied + pushed >= turns, messages),
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
