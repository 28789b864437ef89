/** The simulated platforms of the soak, each with people whom it refuses, and what hangs: a bot and a Graph API. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server } from "node:net";
import { createMessengerSimulator } from "../../src/channels/messenger/simulator.ts";
import type { Addressed, PlatformAnswer } from "../../src/channels/simulation/platform.ts";
import { hostPlatform, startLine, startWhatsApp } from "../../src/simulator/server.ts";
import { PAGES, SECRETS, type SoakSetup } from "./setup.ts";

/** What a person says who is refused the answer. */
export const REFUSED = "refuse me";

const answer = (status: number, body: object): PlatformAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** As the platforms say no to one person: nothing in it is about the account. */
const REFUSALS = {
  line: answer(429, { message: "You have sent too many messages to this chat" }),
  messenger: answer(400, {
    error: { message: "(#10) Refused", type: "OAuthException", code: 10, error_subcode: 2018108 },
  }),
  whatsapp: answer(400, { error: { message: "(#131026) Undeliverable", type: "OAuthException", code: 131026 } }),
} as const;

/** Refuses the answer to whoever says so. */
function refusing<P extends Addressed>(platform: P, refusal: PlatformAnswer): P {
  const handle = platform.handle.bind(platform);
  platform.handle = async (request) => {
    const isRefused = request.method === "POST" && Buffer.from(request.body).includes(`re: ${REFUSED}`);
    return isRefused ? refusal : await handle(request);
  };
  return platform;
}

async function urlOf(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers everything but what it can't: then with 500, or with nonsense. */
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

/** Takes every call and answers none. */
const startHung = () => createSocketServer((socket) => socket.on("error", () => undefined).resume());

async function startMessenger() {
  const { appSecret, accessToken: pageAccessToken } = SECRETS;
  return await hostPlatform({}, (outside) => {
    const platform = createMessengerSimulator({ appSecret, pageAccessToken, pageId: PAGES.well, ...outside });
    return { platform, commands: {}, views: {} };
  });
}

const startLineAccount = () =>
  startLine({ line: { channelSecret: SECRETS.lineSecret, channelAccessToken: SECRETS.lineToken } });

export interface Platforms extends AsyncDisposable {
  readonly setup: Omit<SoakSetup, "database">;
  readonly line: Awaited<ReturnType<typeof startLineAccount>>["line"];
  readonly team: Awaited<ReturnType<typeof startLineAccount>>["line"];
  readonly whatsapp: Awaited<ReturnType<typeof startWhatsApp>>["whatsapp"];
  readonly messenger: Awaited<ReturnType<typeof startMessenger>>["model"]["platform"];
}

export async function startPlatforms(): Promise<Platforms> {
  const [bot, hungBot, hungGraph] = [startBot(), startHung(), startHung()];
  const { appSecret, accessToken, phoneNumberId } = SECRETS;
  const [line, team, whatsapp, messenger] = await Promise.all([
    startLineAccount(),
    startLineAccount(),
    startWhatsApp({ whatsapp: { appSecret, accessToken, phoneNumberId } }),
    startMessenger(),
  ]);
  const setup = {
    lineUrl: line.url,
    teamUrl: team.url,
    whatsappUrl: whatsapp.url,
    messengerUrl: messenger.url,
    hungGraphUrl: await urlOf(hungGraph),
    botUrl: await urlOf(bot),
    hungBotUrl: await urlOf(hungBot),
  };
  return {
    setup,
    line: refusing(line.line, REFUSALS.line),
    team: refusing(team.line, REFUSALS.line),
    whatsapp: refusing(whatsapp.whatsapp, REFUSALS.whatsapp),
    messenger: refusing(messenger.model.platform, REFUSALS.messenger),
    async [Symbol.asyncDispose]() {
      await Promise.all([line, team, whatsapp, messenger].map((one) => one.close()));
      for (const server of [bot, hungBot, hungGraph]) server.close();
      bot.closeAllConnections();
    },
  };
}
