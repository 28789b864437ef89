/**
 * Draws `docs/pictures/way-of-a-message.svg`: the path of one message, with the times of a run. `npm run picture` after
 * a change of the path.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway, httpAgent, line, listen, sqlite } from "../src/index.ts";
import { silentLog } from "../src/runtime/log.ts";
import { startLine } from "../src/simulator/index.ts";

const FILE = new URL("../docs/pictures/way-of-a-message.svg", import.meta.url);
const QUIET_MS = 1_500;

/** Names of the steps in the drawing. */
type Moment = "webhook" | "stored" | "acked" | "claimed" | "agent" | "answered" | "sent";

async function oneMessage(): Promise<Record<Moment, number>> {
  const at: Partial<Record<Moment, number>> = {};
  const record = (moment: Moment) => {
    at[moment] ??= performance.now();
  };
  const LINES: Readonly<Record<string, Moment>> = {
    "event accepted": "stored",
    "turn handed to the agent": "claimed",
    "turn answered": "answered",
    "delivery sent": "sent",
  };
  const seen = Promise.withResolvers<void>();
  const info = (_: unknown, message: string) => {
    const moment = LINES[message];
    if (moment !== undefined) record(moment);
    if (moment === "sent") seen.resolve();
  };
  const folder = await mkdtemp(join(tmpdir(), "turnpike-picture-"));
  const simulator = await startLine({ line: { channelSecret: "secret", channelAccessToken: "token" } });
  const agent = await listen(
    async () => {
      record("agent");
      return Response.json({ replies: ["Hello!"] });
    },
    { host: "127.0.0.1", port: 0 },
  );
  const gateway = createGateway({
    store: sqlite({ file: join(folder, "picture.db") }),
    channels: [line(simulator.line.channelOptions(simulator.url))],
    agent: httpAgent({ url: agent.url }),
    batch: { quietMs: QUIET_MS },
    log: { ...silentLog, info },
  });
  const webhookServer = await listen(gateway.fetch, { host: "127.0.0.1", port: 0 });
  const running = await gateway.start();
  simulator.line.webhookUrl = `${webhookServer.url}/webhook/line`;
  const person = simulator.line.person("Uwarmup");
  await person.says("the first message of a process is slower than all others");
  await seen.promise;
  for (const moment of Object.keys(at)) delete at[moment as Moment];
  const second = Promise.withResolvers<void>();
  seen.resolve = second.resolve;
  record("webhook");
  await simulator.line.person("Uperson").says("Hi");
  record("acked");
  await second.promise;
  if (simulator.line.seenBy("Uperson").length !== 1) throw new Error("the person did not see one answer");
  await running.stop();
  for (const server of [webhookServer, agent]) server.closeConnections();
  await Promise.all([webhookServer.close(), agent.close(), simulator.close(), rm(folder, { recursive: true })]);
  return at as Record<Moment, number>;
}

const LANES = { line: 130, gateway: 470, agent: 810 } as const;
const WIDTH = 940;

interface Drawing {
  readonly parts: string[];
  y: number;
}

function text(x: number, y: number, words: string, look = ""): string {
  return `<text x="${x}" y="${y}" ${look}>${words}</text>`;
}

function arrow(drawing: Drawing, from: number, to: number, words: string, time: string): void {
  const tip = to > from ? -16 : 16;
  const { y } = drawing;
  drawing.parts.push(
    `<line x1="${from}" y1="${y}" x2="${to + tip}" y2="${y}" class="arrow" marker-end="url(#tip)"/>`,
    text((from + to) / 2, y - 8, words, 'text-anchor="middle"'),
    text(24, y + 4, time, 'class="time"'),
  );
  drawing.y += 52;
}

function box(drawing: Drawing, title: string, words: string, time: string, look = "commit"): void {
  const { y } = drawing;
  drawing.parts.push(
    `<rect x="${LANES.gateway - 160}" y="${y - 20}" width="320" height="48" rx="6" class="${look}"/>`,
    text(LANES.gateway, y, title, 'text-anchor="middle" class="strong"'),
    text(LANES.gateway, y + 18, words, 'text-anchor="middle" class="small"'),
    text(24, y + 6, time, 'class="time"'),
  );
  drawing.y += 72;
}

function draw(at: Record<Moment, number>): string {
  const time = (moment: Moment) => `${(at[moment] - at.webhook).toFixed(moment === "webhook" ? 0 : 1)} ms`;
  const drawing: Drawing = { parts: [], y: 96 };
  arrow(drawing, LANES.line, LANES.gateway, "POST webhook, signed", time("webhook"));
  box(drawing, "commit", "key + event + reply token + collecting turn", time("stored"));
  arrow(drawing, LANES.gateway, LANES.line, "200: it is on the disk", time("acked"));
  box(drawing, `the person is quiet for ${QUIET_MS} ms`, "more messages would join the turn", "", "wait");
  box(drawing, "commit", "lease on the conversation, fence + 1", time("claimed"));
  arrow(drawing, LANES.gateway, LANES.agent, "POST turn, signed", time("agent"));
  arrow(drawing, LANES.agent, LANES.gateway, "200 replies", "");
  box(drawing, "commit, if the fence still holds", "turn done + delivery queued", time("answered"));
  box(drawing, "commit", "attempt recorded, free reply token claimed", "");
  arrow(drawing, LANES.gateway, LANES.line, "POST reply", "");
  arrow(drawing, LANES.line, LANES.gateway, "200", "");
  box(drawing, "commit", "delivery sent", time("sent"));
  const height = drawing.y;
  const lanes = Object.entries({ LINE: LANES.line, Turnpike: LANES.gateway, "your bot": LANES.agent }).map(
    ([name, x]) =>
      text(x, 40, name, 'text-anchor="middle" class="lane"') +
      `<line x1="${x}" y1="54" x2="${x}" y2="${height - 24}" class="lifeline"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="One message's way through Turnpike, with measured times">
<style>
  text { font: 14px system-ui, sans-serif; fill: #1f2933; }
  .lane { font-size: 18px; font-weight: 600; } .strong { font-weight: 600; } .small { font-size: 12px; fill: #52606d; }
  .time { font: 13px ui-monospace, monospace; fill: #7b8794; }
  .lifeline { stroke: #cbd2d9; stroke-dasharray: 4 5; } .arrow { stroke: #2563eb; stroke-width: 1.8; }
  .commit { fill: #eef6ee; stroke: #5a9a5f; } .wait { fill: #ffffff; stroke: #9aa5b1; stroke-dasharray: 4 3; }
</style>
<defs><marker id="tip" markerWidth="9" markerHeight="9" refX="1" refY="4.5" orient="auto"><path d="M0 0 9 4.5 0 9z" fill="#2563eb"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff" rx="8"/>
${lanes.join("\n")}
${drawing.parts.join("\n")}
</svg>
`;
}

await writeFile(FILE, draw(await oneMessage()));
console.log(`drew ${FILE.pathname}`);
