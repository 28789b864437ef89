import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { styleText } from "node:util";
import { httpAgent } from "../../agents/http.ts";
import type { DemoPorts } from "../../config/demo-ports.ts";
import { createGateway } from "../../gateway.ts";
import { every, inTime, systemClock } from "../../runtime/clock.ts";
import { systemRandom } from "../../runtime/random.ts";
import { openStore } from "../../store/index.ts";
import { type DemoClient, startDemoClients } from "./clients.ts";
import { startEchoAgent } from "./echo-agent.ts";
import { listenNear } from "./listen.ts";
import { createDemoOutput, type DemoOutput } from "./output.ts";

/** Debounce: short enough for a demo, long enough to type two lines into one turn. */
const BATCH = { quietMs: 1_000, maxWaitMs: 5_000 };
/** An answer takes about one second, a few on a machine under load. */
const SMOKE_TIMEOUT_MS = 15_000;
const POLL_MS = 20;

/** Gateway, simulated platforms and echo agent on loopback; needs no account. */
export async function demo(options: { smoke: boolean; ports: DemoPorts }): Promise<void> {
  const write = (text: string) => process.stdout.write(text);
  const clock = systemClock();
  const output = createDemoOutput(clock, write);
  const parts = await startParts(output, options.ports);
  write(introduction(parts));

  const screens = parts.clients.map((client) => watch(client, output, clock));
  for (const [index, client] of parts.clients.entries()) {
    const answer = screens[index]?.next();
    await say(client, output, "Hello! Is anybody there?");
    const first = await inTime(clock, SMOKE_TIMEOUT_MS, async () => await answer);
    write("\n");
    if (!options.smoke || first !== "late") continue;
    await end(screens, parts);
    throw new Error(`no answer was seen on ${client.name} within ${SMOKE_TIMEOUT_MS} ms`);
  }
  if (options.smoke) {
    await end(screens, parts);
    write("The answers were shown by the simulated clients. The demo works.\n");
    return;
  }
  write(`Type a message. Two lines within a second become one turn. Ctrl-C stops.\n${choice(parts.clients)}\n\n`);
  await chat(parts.clients, output);
  await end(screens, parts);
}

function choice([first, ...others]: readonly DemoClient[]): string {
  const letters = others.map(({ name }) => `${name.charAt(0).toLowerCase()}: to write on ${name}`).join(", ");
  return `You write as a person on ${first?.name}; begin with ${letters}.`;
}

type Screen = ReturnType<typeof watch>;

async function end(screens: readonly Screen[], parts: Parts): Promise<void> {
  for (const screen of screens) screen.stop();
  await parts.stop();
}

type Parts = Awaited<ReturnType<typeof startParts>>;

async function startParts(output: DemoOutput, ports: DemoPorts) {
  const random = systemRandom();
  const agentSecret = `whsec_${Buffer.from(random.id("agent")).toString("base64")}`;
  const folder = mkdtempSync(join(tmpdir(), "turnpike-demo-"));
  const clients = await startDemoClients(random);
  const agent = await startEchoAgent(agentSecret);
  const gateway = createGateway({
    store: await openStore(`sqlite:${join(folder, "demo.db")}`),
    channels: clients.map(({ channel }) => channel),
    agent: httpAgent({ url: `${agent.url}/turns`, secret: agentSecret }),
    batch: BATCH,
    log: output.log,
  });
  const webhooks = await listenNear(gateway.fetch, ports.webhooks);
  const admin = await listenNear(gateway.adminFetch, ports.admin);
  const running = await gateway.start();
  for (const { channel, listenAt } of clients) listenAt(`${webhooks.url}/webhook/${channel.name}`);

  async function stop(): Promise<void> {
    await running.stop();
    const servers = [webhooks, admin, agent];
    const closed = servers.map((server) => server.close());
    for (const server of servers) server.closeConnections();
    await Promise.all([...closed, ...clients.map((client) => client.close())]);
    rmSync(folder, { recursive: true, force: true });
  }

  return { clients, agent, webhooks, admin, stop };
}

function introduction({ clients, agent, webhooks, admin }: Parts): string {
  const row = (name: string, url: string) => `  ${name.padEnd(10)} ${styleText("underline", url)}\n`;
  return [
    `\n${styleText("bold", "Turnpike")} between simulated platforms and an echo bot, all on this machine.\n\n`,
    ...clients.map(({ name, url }) => row(name, url)),
    row("gateway", `${webhooks.url}/webhook/…`),
    row("agent", `${agent.url}/turns`),
    row("metrics", `${admin.url}/metrics`),
    row("console", `${admin.url}/`),
    "\nThe path of one message:\n\n",
  ].join("");
}

async function say(client: DemoClient, output: DemoOutput, text: string): Promise<void> {
  output.begin();
  output.print("client", `${styleText("green", `person on ${client.name}`)}  ${text}`);
  output.print("ack", `${client.name} posted one signed webhook and got ${await client.says(text)}`);
}

/** Prints each message that a simulated client shows. */
function watch(client: DemoClient, output: DemoOutput, clock: ReturnType<typeof systemClock>) {
  let shown = 0;
  let waiting = Promise.withResolvers<"seen">();
  const stop = every(clock, POLL_MS, () => {
    for (const text of client.seen().slice(shown)) {
      shown += 1;
      output.print("client", `${styleText("yellow", `bot on ${client.name}`)}     ${text}`);
      waiting.resolve("seen");
      waiting = Promise.withResolvers();
    }
  });
  return { next: () => waiting.promise, stop };
}

/** Reads lines until Ctrl-C or SIGTERM. */
async function chat(clients: readonly DemoClient[], output: DemoOutput): Promise<void> {
  const ended = Promise.withResolvers<void>();
  process.once("SIGINT", () => ended.resolve());
  process.once("SIGTERM", () => ended.resolve());
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: "" });
  terminal.on("SIGINT", () => ended.resolve());
  terminal.on("line", (typed) => {
    const [, letter, text = ""] = /^(?:([a-z]):)?\s*(.*)$/s.exec(typed.trim()) ?? [];
    const client = clients.find(({ channel }) => letter !== undefined && channel.name.startsWith(letter)) ?? clients[0];
    if (text === "" || client === undefined) return;
    say(client, output, text).catch((error) => output.print("warning", String(error)));
  });
  await ended.promise;
  terminal.close();
}
