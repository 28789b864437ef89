import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { styleText } from "node:util";
import { httpAgent } from "../agents/http.ts";
import { line } from "../channels/line/index.ts";
import { createGateway } from "../gateway.ts";
import { listen } from "../http/server.ts";
import { systemChance } from "../runtime/chance.ts";
import { systemClock } from "../runtime/clock.ts";
import { type RunningSimulator, startSimulator } from "../simulator/index.ts";
import { sqlite } from "../store/sqlite/index.ts";
import { startEchoAgent } from "./echo-agent.ts";
import { createStory, type Story } from "./story.ts";

const PERSON = `U${"0123456789abcdef".repeat(2)}`;
/** Short, so that a newcomer isn't kept waiting; long enough to type two lines into one turn. */
const BATCH = { quietMs: 1_000, maxWaitMs: 5_000 };
/** An answer takes about a second; on a machine under load a few. */
const SMOKE_LIMIT_MS = 15_000;
const LOOK_EVERY_MS = 20;

/** Gateway, simulated LINE and echo agent on loopback: the main job with no account anywhere. */
export async function demo(options: { smoke: boolean }): Promise<void> {
  const write = (text: string) => process.stdout.write(text);
  const clock = systemClock();
  const story = createStory(clock, write);
  const parts = await startParts(story);
  const { simulator } = parts;
  write(introduction(parts));

  const phone = watchPhone(simulator, story, clock);
  const answer = phone.next();
  await say(simulator, story, "Hello! Is anybody there?");
  const limit = Promise.withResolvers<"late">();
  const cancel = clock.after(SMOKE_LIMIT_MS, () => limit.resolve("late"));
  const first = await Promise.race([answer, limit.promise]);
  cancel();
  if (options.smoke) {
    phone.stop();
    await parts.stop();
    if (first === "late") throw new Error(`no answer was seen within ${SMOKE_LIMIT_MS} ms`);
    write("\nSeen on the phone. The demo works.\n");
    return;
  }
  write("\nYour turn. Write as that person on LINE; two lines within a second become one turn. Ctrl-C ends.\n\n");
  await chat(simulator, story);
  phone.stop();
  await parts.stop();
}

type Parts = Awaited<ReturnType<typeof startParts>>;

async function startParts(story: Story) {
  const chance = systemChance();
  const secrets = { channel: chance.id("secret"), token: chance.id("token") };
  const agentSecret = `whsec_${Buffer.from(chance.id("agent")).toString("base64")}`;
  const folder = mkdtempSync(join(tmpdir(), "turnpike-demo-"));
  const simulator = await startSimulator({
    line: { channelSecret: secrets.channel, accessToken: secrets.token, redelivery: { count: 3, intervalMs: 2_000 } },
  });
  const agent = await startEchoAgent(agentSecret);
  const gateway = createGateway({
    store: sqlite({ file: join(folder, "demo.db") }),
    channels: [line(simulator.line.channelOptions(simulator.url))],
    agent: httpAgent({ url: `${agent.url}/turns`, secret: agentSecret }),
    batch: BATCH,
    log: story.log,
  });
  const webhooks = await listen(gateway.fetch, { host: "127.0.0.1", port: 0 });
  const admin = await listen(gateway.adminFetch, { host: "127.0.0.1", port: 0 });
  const running = await gateway.start();
  simulator.line.webhookUrl = `${webhooks.url}/webhook/line`;

  async function stop(): Promise<void> {
    await running.stop();
    const servers = [webhooks, admin, agent];
    const closed = servers.map((server) => server.close());
    for (const server of servers) server.cut();
    await Promise.all([...closed, simulator.close()]);
    rmSync(folder, { recursive: true, force: true });
  }

  return { simulator, agent, webhooks, admin, stop };
}

function introduction({ simulator, agent, webhooks, admin }: Parts): string {
  const row = (name: string, url: string) => `  ${name.padEnd(10)} ${styleText("underline", url)}\n`;
  return [
    `\n${styleText("bold", "Turnpike")} between a simulated LINE and an echo bot, all on this machine.\n\n`,
    row("LINE", simulator.url),
    row("gateway", `${webhooks.url}/webhook/line`),
    row("agent", `${agent.url}/turns`),
    row("metrics", `${admin.url}/metrics`),
    "\nOne message's way:\n\n",
  ].join("");
}

async function say(simulator: RunningSimulator, story: Story, text: string): Promise<void> {
  story.begin();
  story.tell("phone", `${styleText("green", "person")}  ${text}`);
  const { webhook } = await simulator.line.person(PERSON).says(text);
  story.tell("ack", `LINE posted one signed webhook and got ${webhook.status ?? webhook.result}`);
}

/** Shows each bubble that comes up on the person's screen. */
function watchPhone(simulator: RunningSimulator, story: Story, clock: ReturnType<typeof systemClock>) {
  let shown = 0;
  let waiting = Promise.withResolvers<"seen">();
  let cancel = () => {};
  const look = () => {
    for (const bubble of simulator.line.seenBy(PERSON).slice(shown)) {
      shown += 1;
      story.tell("phone", `${styleText("yellow", "bot")}     ${bubble.text ?? "(not a text)"}`);
      waiting.resolve("seen");
      waiting = Promise.withResolvers();
    }
    cancel = clock.after(LOOK_EVERY_MS, look);
  };
  look();
  return { next: () => waiting.promise, stop: () => cancel() };
}

/** Until Ctrl-C, or the end of a piped input. Without a terminal it just stays up. */
async function chat(simulator: RunningSimulator, story: Story): Promise<void> {
  const ended = Promise.withResolvers<void>();
  process.once("SIGINT", () => ended.resolve());
  process.once("SIGTERM", () => ended.resolve());
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: "" });
  terminal.on("SIGINT", () => ended.resolve());
  terminal.on("line", (text) => {
    if (text.trim() === "") return;
    say(simulator, story, text.trim()).catch((error) => story.tell("warning", String(error)));
  });
  await ended.promise;
  terminal.close();
}
