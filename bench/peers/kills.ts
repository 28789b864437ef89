/** Kills a program again and again while messages come, and counts who got no answer. */
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { exchangeOnce } from "../support/load.ts";
import type { PlatformAndBot } from "../support/platform-and-bot.ts";
import type { Program } from "../support/program.ts";
import { signedRequests } from "../support/webhooks.ts";

const KILLS = 20;
const EVERY_MS = 1_000;
const MESSAGES = 2_000;
/** When nothing more comes for so long, nothing comes. */
const SETTLED_MS = 40_000;
const LOOK_EVERY_MS = 100;

export interface KillTrial {
  readonly kills: number;
  readonly acked: number;
  readonly lost: number;
  readonly refused: number;
}

export async function killTrial(start: () => Promise<Program>, fakes: PlatformAndBot): Promise<KillTrial> {
  await fakes.reset();
  let program = await start();
  let isOver = false;
  let acked = 0;
  /** As the platform does: again and again until there is a 200. */
  const deliver = async (request: Buffer) => {
    for (;;) {
      const status = await exchangeOnce(program.port, request).catch(() => 0);
      if (status === 200) break;
      await pause(100);
    }
    acked += 1;
  };
  const everyMs = (KILLS * EVERY_MS) / MESSAGES;
  const deliveries: Promise<void>[] = [];
  const sending = (async () => {
    for (const request of signedRequests(MESSAGES, "k", 0)) {
      deliveries.push(deliver(request));
      await pause(everyMs);
    }
    isOver = true;
  })();
  let kills = 0;
  while (!isOver && kills < KILLS) {
    await pause(EVERY_MS);
    const ended = once(program.child, "exit");
    program.child.kill("SIGKILL");
    kills += 1;
    await ended;
    program = await start();
  }
  await sending;
  await Promise.all(deliveries);
  const seen = await settled(fakes, acked);
  await program[Symbol.asyncDispose]();
  return { kills, acked, lost: acked - seen.replied, refused: seen.refused };
}

async function settled(fakes: PlatformAndBot, wanted: number) {
  let last = await fakes.seen();
  let changedAt = performance.now();
  while (last.replied < wanted && performance.now() - changedAt < SETTLED_MS) {
    await pause(LOOK_EVERY_MS);
    const seen = await fakes.seen();
    if (seen.replied !== last.replied) changedAt = performance.now();
    last = seen;
  }
  return last;
}
