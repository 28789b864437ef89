/**
 * Counts what one message costs on its way: files and functions that run, SQL statements and transactions. The way is the
 * common one: a LINE text without a quiet time, an HTTP agent, one reply by the free token, SQLite. Counted by V8's own
 * precise coverage over several messages, one at a time.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway, httpAgent, line, listen, sqlite } from "../src/index.ts";
import { silentLog } from "../src/runtime/log.ts";
import { startLine } from "../src/simulator/index.ts";

const MESSAGES = 20;
const SRC = new URL("../src/", import.meta.url).href;

export interface Cost {
  readonly files: number;
  readonly functions: number;
  /** A message, on average. */
  readonly statements: number;
  readonly transactions: number;
}

/** A function of the program that ran. */
interface Call {
  /** In `src`, as `pipeline/send.ts`. */
  readonly file: string;
  readonly name: string;
  readonly count: number;
}

export async function countOneMessage(): Promise<Cost> {
  const calls = await callsOf(MESSAGES);
  const counted = (file: string, name: string) => {
    const found = calls.filter((call) => call.file === file && call.name === name);
    if (found.length === 0) throw new Error(`${file} has no function ${name} that ran`);
    return found.reduce((sum, { count }) => sum + count, 0);
  };
  return {
    files: new Set(calls.map(({ file }) => file)).size,
    functions: calls.length,
    // Functions that don't wait: V8 counts an async one again each time that it goes on.
    statements: counted("store/sqlite/transaction.ts", "prepare") / MESSAGES,
    transactions: counted("store/sqlite/store-clock.ts", "storeTime") / MESSAGES,
  };
}

async function callsOf(messages: number): Promise<readonly Call[]> {
  let sent = Promise.withResolvers<void>();
  const info = (_: unknown, message: string) => {
    if (message === "delivery sent") sent.resolve();
  };
  const folder = await mkdtemp(join(tmpdir(), "turnpike-one-message-"));
  const simulator = await startLine({ line: { channelSecret: "secret", channelAccessToken: "token" } });
  const agent = await listen(async () => Response.json({ replies: ["Hello!"] }), { host: "127.0.0.1", port: 0 });
  const gateway = createGateway({
    store: sqlite({ file: join(folder, "one-message.db") }),
    channels: [line(simulator.line.channelOptions(simulator.url))],
    agent: httpAgent({ url: agent.url }),
    batch: { quietMs: 0 },
    log: { ...silentLog, info },
  });
  const webhookServer = await listen(gateway.fetch, { host: "127.0.0.1", port: 0 });
  const running = await gateway.start();
  simulator.line.webhookUrl = `${webhookServer.url}/webhook/line`;
  const person = simulator.line.person("Uperson");
  const say = async () => {
    sent = Promise.withResolvers();
    await person.says("Hi");
    await sent.promise;
  };
  await say();
  const calls = await covered(async () => {
    for (let count = 0; count < messages; count += 1) await say();
  });
  await running.stop();
  for (const server of [webhookServer, agent]) server.closeConnections();
  await Promise.all([webhookServer.close(), agent.close(), simulator.close(), rm(folder, { recursive: true })]);
  return calls.filter(({ file }) => !/simulat/.test(file));
}

/** Functions of `src` that ran meanwhile. */
async function covered(work: () => Promise<void>): Promise<readonly Call[]> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await work();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  return result
    .filter(({ url }) => url.startsWith(SRC))
    .flatMap(({ url, functions }) =>
      functions.map(({ functionName, ranges }) => ({
        file: url.slice(SRC.length),
        name: functionName,
        count: ranges[0]?.count ?? 0,
      })),
    )
    .filter(({ count }) => count > 0);
}

if (import.meta.main) console.log(await countOneMessage());
