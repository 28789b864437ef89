/** After `kill -9` with many messages that were acked and not answered: how long until it works again. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { TURNPIKE } from "../support/contenders.ts";
import { load } from "../support/load.ts";
import { type PlatformAndBot, startPlatformAndBot } from "../support/platform-and-bot.ts";
import { startProgram } from "../support/program.ts";
import { progress, type Section } from "../support/section.ts";
import { spread } from "../support/statistics.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { signedRequests } from "../support/webhooks.ts";

const IN_FLIGHT = Number(process.env.BENCH_IN_FLIGHT ?? 100_000);
const ROUNDS = Math.min(Number(process.env.BENCH_ROUNDS ?? 3), 3);
const CONNECTIONS = 64;

interface Recovery {
  /** From the start of the process until … */
  readonly listensMs: number;
  /** … the first reply to a message from before the kill … */
  readonly repliesMs: number;
  /** … and the last one. */
  readonly doneMs: number;
  readonly memoryMb: number;
}

/** A bot that takes every call and answers none. */
async function silentBot(): Promise<Server> {
  const server = createServer((socket) => socket.on("error", () => undefined).resume());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function round(fakes: PlatformAndBot, silent: Server, id: string): Promise<Recovery> {
  await using folder = await temporaryFolder();
  const file = `sqlite:${folder.file("bench.db")}`;
  const away = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const before = await startProgram(TURNPIKE, [file, fakes.platformUrl, away]);
  await load(before.port, signedRequests(IN_FLIGHT, id, before.port, IN_FLIGHT), CONNECTIONS);
  const ended = once(before.child, "exit");
  before.child.kill("SIGKILL");
  await ended;
  await fakes.reset();
  const startedAt = performance.now();
  const since = () => performance.now() - startedAt;
  await using after = await startProgram(TURNPIKE, [file, fakes.platformUrl, fakes.botUrl]);
  const listensMs = since();
  await fakes.replied(1);
  const repliesMs = since();
  await fakes.answered(IN_FLIGHT);
  return { listensMs, repliesMs, doneMs: since(), memoryMb: await after.memoryMb() };
}

export async function recovery(): Promise<Section> {
  const results: Recovery[] = [];
  await using fakes = await startPlatformAndBot();
  const silent = await silentBot();
  for (let index = 0; index < ROUNDS; index++) {
    const result = await round(fakes, silent, `f${index}`);
    results.push(result);
    progress(`recovery ${index + 1}/${ROUNDS}: first reply after ${result.repliesMs.toFixed(0)} ms`);
  }
  silent.close();
  const each = (value: (result: Recovery) => number, digits = 0) => spread(results.map(value), digits);
  return {
    title: "After kill -9",
    how: `${IN_FLIGHT} messages of as many people were acked while the bot answered none of them. Then kill -9, and a start with a bot that answers. Times count from the start of the process. Medians of ${ROUNDS} rounds (smallest–largest).`,
    head: ["messages in flight", "listens after ms", "first reply after ms", "last reply after s", "memory MB"],
    rows: [
      [
        String(IN_FLIGHT),
        each(({ listensMs }) => listensMs),
        each(({ repliesMs }) => repliesMs),
        each(({ doneMs }) => doneMs / 1_000, 1),
        each(({ memoryMb }) => memoryMb),
      ],
    ],
  };
}
