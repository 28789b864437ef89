import { createInterface } from "node:readline";
import { styleText } from "node:util";
import type { DemoPorts } from "../../config/demo-ports.ts";
import { type Clock, every, inTime, systemClock } from "../../runtime/clock.ts";
import type { Environment } from "../../settings/read.ts";
import type { GatewayWire } from "../../simulator/console-api/wire.ts";
import type { DemoClient } from "./clients.ts";
import { openBrowser } from "./open-browser.ts";
import { createDemoOutput, type DemoOutput } from "./output.ts";
import { type DemoParts, startParts } from "./parts.ts";

export interface DemoOptions {
  /** One message for each platform, and the end. */
  readonly smoke: boolean;
  /** Opens the simulator's page where there is a desktop. */
  readonly open: boolean;
  readonly ports: DemoPorts;
  readonly env: Environment;
  /** Path of this package's command line. */
  readonly program: string;
}

/** An answer takes about one second, a few on a machine under load. */
const SMOKE_TIMEOUT_MS = 15_000;
/** The gateway's line about an answer comes a moment after the answer. */
const LINE_TIMEOUT_MS = 1_000;
const POLL_MS = 20;

/** Gateway, simulated platforms, echo agent and console on loopback; needs no account. */
export async function demo(options: DemoOptions): Promise<void> {
  const clock = systemClock();
  const write = (text: string) => process.stdout.write(text);
  const output = createDemoOutput(clock, write);
  const signal = signalled();
  const parts = await startParts(options, { clock, output });
  write(introduction(parts));
  parts.gateway.listen((state) => output.print("gateway", wordsOf(state, clock)));
  if (options.open && !options.smoke) openPage(parts, options, output);
  const screens = parts.clients.map((client) => watch(client, output, clock));
  try {
    const shown = await Promise.race([showFirstMessages(parts, screens, { clock, output, options }), signal.received]);
    if (options.smoke && shown === "signalled") process.exitCode = 1;
    if (!options.smoke && shown === "all") {
      write(`Type a message. Two lines within a second become one turn. Ctrl-C stops.\n${choice(parts.clients)}\n\n`);
      await chat(parts.clients, output, signal);
    }
  } finally {
    for (const screen of screens) screen.stop();
    await parts.stop();
  }
  if (options.smoke && process.exitCode === undefined) {
    write("The answers were shown by the simulated clients. The demo works.\n");
  }
}

/** SIGHUP: the terminal's window was closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The first Ctrl-C or signal ends the demo, so that no process and no folder is left. A second one ends it at once. */
function signalled() {
  const { promise: received, resolve } = Promise.withResolvers<"signalled">();
  const end = () => {
    for (const name of SIGNALS) process.off(name, end);
    resolve("signalled");
  };
  for (const name of SIGNALS) process.once(name, end);
  return { received, end };
}

function choice([first, ...others]: readonly DemoClient[]): string {
  const letters = others.map(({ name }) => `${name.charAt(0).toLowerCase()}: to write on ${name}`).join(", ");
  return `You write as a person on ${first?.name}; begin with ${letters}.`;
}

type Screen = ReturnType<typeof watch>;
type Story = { readonly clock: Clock; readonly output: DemoOutput; readonly options: Pick<DemoOptions, "smoke"> };

/** A message on each platform, one after the other. Throws with `smoke` when an answer isn't seen in time. */
async function showFirstMessages(
  { clients }: DemoParts,
  screens: readonly Screen[],
  { clock, output, options: { smoke } }: Story,
): Promise<"all"> {
  for (const [index, client] of clients.entries()) {
    const answer = screens[index]?.next();
    const told = output.next("delivery sent");
    await say(client, output, "Hello! Is anybody there?");
    const first = await inTime(clock, SMOKE_TIMEOUT_MS, async () => await answer);
    if (smoke && first === "late") {
      throw new Error(`no answer was seen on ${client.name} within ${SMOKE_TIMEOUT_MS} ms`);
    }
    await inTime(clock, LINE_TIMEOUT_MS, async () => await told);
    process.stdout.write("\n");
  }
  return "all";
}

function introduction({ clients, agent, webhooksUrl, admin }: DemoParts): string {
  const row = (name: string, url: string) => `  ${name.padEnd(10)} ${styleText("underline", url)}\n`;
  return [
    `\n${styleText("bold", "Turnpike")} between simulated platforms and an echo bot, all on this machine.\n\n`,
    ...clients.map(({ name, url }) => row(name, url)),
    row("gateway", `${webhooksUrl}/webhook/…`),
    row("agent", `${agent.url}/turns`),
    row("metrics", `${admin.url}/metrics`),
    row("console", `${admin.url}/`),
    `\n  Three phones, and trouble at a click, in your browser: ${styleText("underline", `${admin.url}/simulator`)}\n`,
    "\nThe path of one message:\n\n",
  ].join("");
}

function openPage({ admin }: DemoParts, { env }: DemoOptions, output: DemoOutput): void {
  void openBrowser(`${admin.url}/simulator`, { env, platform: process.platform }).then((failure) => {
    if (failure !== null) output.print("browser", `not opened: ${failure}`);
  });
}

function wordsOf({ state, restartAt }: GatewayWire, clock: Clock): string {
  const inS = restartAt === null ? null : Math.max(0, (restartAt - clock.now()) / 1_000).toFixed(1);
  switch (state) {
    case "down":
      return inS === null ? "its process has ended" : `its process was killed, and starts again in ${inS} s`;
    case "starting":
      return "its process starts";
    case "frozen":
      return `its process stands still for ${inS} s`;
    case "up":
      return "its process works";
    default:
      return state satisfies never;
  }
}

async function say(client: DemoClient, output: DemoOutput, text: string): Promise<void> {
  output.begin();
  output.print("client", `${styleText("green", `person on ${client.name}`)}  ${text}`);
  output.print("ack", `${client.name} posted one signed webhook and got ${await client.says(text)}`);
}

/** Prints each message that a simulated client shows. */
function watch(client: DemoClient, output: DemoOutput, clock: Clock) {
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
async function chat(
  clients: readonly DemoClient[],
  output: DemoOutput,
  signal: ReturnType<typeof signalled>,
): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: "" });
  terminal.on("SIGINT", signal.end);
  terminal.on("line", (typed) => {
    const [, letter, text = ""] = /^(?:([a-z]):)?\s*(.*)$/s.exec(typed.trim()) ?? [];
    const client = clients.find(({ channel }) => letter !== undefined && channel.startsWith(letter)) ?? clients[0];
    if (text === "" || client === undefined) return;
    say(client, output, text).catch((error) => output.print("warning", String(error)));
  });
  await signal.received;
  terminal.close();
}
