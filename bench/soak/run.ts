/**
 * `npm run soak`: healthy people on LINE and WhatsApp write for ten minutes, while everything around them goes wrong at
 * once: a Graph API that hangs, a bot that hangs, turns that a bot can't answer or answers with nonsense, a bot whose
 * connection drops at one word, forty strangers at the agents' endpoint, and a wall clock that is a day ahead for seconds. On
 * SQLite, and then on PostgreSQL. Prints how long the healthy ones waited, and what it cost. SOAK_SECONDS: default 600;
 * SOAK_STORES: default `SQLite,PostgreSQL`.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server as SocketServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { connect } from "../../src/agents/client/connect.ts";
import type { WireTurn } from "../../src/agents/protocol.ts";
import { createMessengerSimulator } from "../../src/channels/messenger/simulator.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { startSimulator, startWhatsApp } from "../../src/simulator/server.ts";
import { startPostgresServer } from "../../test/support/postgres-server.ts";
import { print, progress, type Section } from "../support/section.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Healthy, live, type Waits } from "./healthy.ts";
import { SECRETS, type SoakSetup } from "./setup.ts";

const SECONDS = Number(process.env.SOAK_SECONDS ?? 600);
const PEOPLE = Number(process.env.SOAK_PEOPLE ?? 200);
/** Mean pause of a person between an answer and their next message. */
const PAUSE_MS = 20_000;
const DAY_MS = 86_400_000;

async function urlOf(server: SocketServer): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers all but what makes it fail: with 500, with nonsense, or not at all. */
function startBot() {
  return createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { text } = JSON.parse(Buffer.concat(parts).toString()) as { text: string };
      if (text.includes("poison")) return void response.writeHead(500).end();
      const replies = text.includes("nonsense") ? ["the good part", { type: "hologram" }] : [`re: ${text}`];
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ replies }));
    });
  });
}

interface Around extends AsyncDisposable {
  readonly setup: Omit<SoakSetup, "database">;
  readonly line: Awaited<ReturnType<typeof startSimulator>>;
  readonly whatsapp: Awaited<ReturnType<typeof startWhatsApp>>;
}

async function startAround(): Promise<Around> {
  const bot = startBot();
  // They take every call and answer none.
  const hungBot = createSocketServer((socket) => socket.on("error", () => undefined).resume());
  const hungGraph = createSocketServer((socket) => socket.on("error", () => undefined).resume());
  const line = await startSimulator({
    line: { channelSecret: SECRETS.lineSecret, channelAccessToken: SECRETS.lineToken },
  });
  const { appSecret, accessToken, phoneNumberId } = SECRETS;
  const whatsapp = await startWhatsApp({ whatsapp: { appSecret, accessToken, phoneNumberId } });
  const setup = {
    lineUrl: line.url,
    whatsappUrl: whatsapp.url,
    hungGraphUrl: await urlOf(hungGraph),
    botUrl: await urlOf(bot),
    hungBotUrl: await urlOf(hungBot),
    pages: ["1001", "1002"] as const,
  };
  return {
    setup,
    line,
    whatsapp,
    async [Symbol.asyncDispose]() {
      await Promise.all([line.close(), whatsapp.close()]);
      for (const server of [bot, hungBot, hungGraph]) server.close();
      bot.closeAllConnections();
    },
  };
}

/** Webhooks of people on Messenger, whose bot or whose Graph hangs. */
function messengerOf(pageId: string, account: string, port: number) {
  return createMessengerSimulator({
    appSecret: SECRETS.appSecret,
    pageAccessToken: SECRETS.accessToken,
    pageId,
    clock: systemClock(),
    random: systemRandom(),
    webhookUrl: null,
    deliver: async (body, headers) => {
      const url = `http://127.0.0.1:${port}/webhook/messenger/${account}`;
      return (await fetch(url, { method: "POST", body: new Uint8Array(body as Uint8Array), headers })).status;
    },
  });
}

/** The trouble, until `isOver`. */
async function trouble(around: Around, port: number, child: ChildProcess, isOver: () => boolean): Promise<void> {
  const hung = [messengerOf("1001", "hung-bot", port), messengerOf("1002", "hung-graph", port)];
  const each = async (everyMs: number, act: (round: number) => unknown) => {
    for (let round = 0; !isOver(); round++) {
      await act(round);
      await pause(everyMs);
    }
  };
  await Promise.all([
    each(10_000, (round) => Promise.all(hung.map((page, at) => page.person(`psid${at}x${round % 300}`).says("hi")))),
    // A flood first: more turns and calls than there are places.
    Promise.all(hung.flatMap((page) => Array.from({ length: 300 }, (_, n) => page.person(`flood${n}`).says("hi")))),
    each(15_000, (round) =>
      Promise.all(Array.from({ length: 12 }, (_, n) => around.line.line.person(`Upoison${round}x${n}`).says("poison"))),
    ),
    each(7_000, (round) => around.line.line.person(`Unonsense${round % 5}`).says("nonsense")),
    each(20_000, (round) =>
      around.whatsapp.whatsapp.person(`1555900${String(round % 3).padStart(4, "0")}`).says("drop"),
    ),
    each(60_000, async (round) => {
      if (round === 0) return;
      child.send({ aheadMs: DAY_MS });
      await pause(4_000);
      child.send({ aheadMs: 0 });
    }),
    ...Array.from({ length: 40 }, (_, n) => stranger(port, `127.0.0.${n + 2}`, isOver)),
    fragileBot(port, isOver),
  ]);
}

/** Connects to the agents' endpoint, says nothing, and comes again. */
async function stranger(port: number, localAddress: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/agent`, { localAddress });
    socket.on("error", () => undefined);
    await Promise.race([once(socket, "close").catch(() => undefined), pause(12_000)]);
    socket.terminate();
    await pause(500);
  }
}

/** WhatsApp's bot: drops its connection, without a goodbye, whenever somebody says "drop". */
async function fragileBot(port: number, isOver: () => boolean): Promise<void> {
  const sockets = new Set<WebSocket>();
  class Tracked extends WebSocket {
    constructor(url: string) {
      super(url);
      sockets.add(this);
      this.on("close", () => sockets.delete(this));
      this.on("message", (data) => {
        const { turn } = JSON.parse(String(data)) as { turn?: WireTurn };
        if (turn?.text.includes("drop")) for (const socket of sockets) socket.terminate();
      });
    }
  }
  const options = { token: SECRETS.agentToken, credit: 256, WebSocket: Tracked as never, onError: () => undefined };
  const bot = connect(`ws://127.0.0.1:${port}/v1/agent`, options).onTurn((turn) => `re: ${turn.text}`);
  while (!isOver()) await pause(500);
  await bot.close();
}

function healthyPeople({ line, whatsapp }: Around): readonly Healthy[] {
  return Array.from({ length: PEOPLE }, (_, n): Healthy => {
    if (n % 2 === 0) {
      const person = line.line.person(`Uwell${n}`);
      const screen = () => line.line.seenBy(`Uwell${n}`).map(({ text }) => text ?? "");
      return { name: `line ${n}`, says: (text) => person.says(text), screen };
    }
    const id = `1555000${String(n).padStart(4, "0")}`;
    const person = whatsapp.whatsapp.person(id);
    const screen = () => whatsapp.whatsapp.seenBy(id).map(({ text }) => text ?? "");
    return { name: `whatsapp ${n}`, says: (text) => person.says(text), screen };
  });
}

async function soak(database: string): Promise<Waits & { readonly pushes: number }> {
  await using around = await startAround();
  const setup: SoakSetup = { ...around.setup, database };
  const child = fork(new URL("./gateway.ts", import.meta.url), [JSON.stringify(setup)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  around.line.line.webhookUrl = `http://127.0.0.1:${port}/webhook/line`;
  around.whatsapp.whatsapp.webhookUrl = `http://127.0.0.1:${port}/webhook/whatsapp`;
  const endsAt = performance.now() + SECONDS * 1_000;
  const isOver = () => performance.now() >= endsAt;
  let isAnswered = false;
  const ending = trouble(around, port, child, () => isAnswered);
  const waits = await live(healthyPeople(around), PAUSE_MS, isOver);
  isAnswered = true;
  await ending;
  const pushes = around.line.line.calls.filter(
    ({ path, body }) => path.endsWith("/push") && String((body as { to?: string } | null)?.to).startsWith("Uwell"),
  ).length;
  const ended = once(child, "exit");
  child.disconnect();
  await ended;
  return { ...waits, pushes };
}

const rows: (readonly string[])[] = [];
for (const store of (process.env.SOAK_STORES ?? "SQLite,PostgreSQL").split(",")) {
  progress(`soak on ${store}: ${SECONDS} s`);
  await using folder = await temporaryFolder();
  const server = store === "PostgreSQL" ? await startPostgresServer() : null;
  const database = server === null ? `sqlite:${folder.file("soak.db")}` : await server.createDatabase("soak");
  const { answered, p50Ms, p99Ms, longestMs, pushes, lost, doubled } = await soak(database);
  await server?.destroy();
  progress(`${answered} answers, p99 ${p99Ms.toFixed(0)} ms, lost ${lost}`);
  const seconds = [p50Ms, p99Ms, longestMs].map((ms) => (ms / 1_000).toFixed(2));
  rows.push([store, ...[answered, ...seconds, pushes, lost, doubled].map(String)]);
}
print({
  title: "Healthy people in the middle of trouble",
  how: `${PEOPLE} people on LINE and WhatsApp, ${SECONDS} s, default quiet time (1.5 s). Pushes: to them, on LINE.`,
  head: ["", "answers", "p50 s", "p99 s", "longest s", "pushes", "lost", "doubled"],
  rows,
} satisfies Section);
process.exit(0);
