/** The gateway of the soak: three channels, and agents over HTTP, WebSocket and openab; its wall clock can be stepped. */
import { withBreaker } from "../../src/agents/breaker.ts";
import { httpAgent } from "../../src/agents/http.ts";
import { openabAgent } from "../../src/agents/openab/endpoint.ts";
import { routedAgents } from "../../src/agents/routed-agents.ts";
import { webSocketAgent } from "../../src/agents/websocket/endpoint.ts";
import { line } from "../../src/channels/line/index.ts";
import { messenger } from "../../src/channels/messenger/index.ts";
import { whatsapp } from "../../src/channels/whatsapp/index.ts";
import { createGateway } from "../../src/gateway.ts";
import { listen } from "../../src/http/server.ts";
import { jsonLog } from "../../src/runtime/log.ts";
import { openStore } from "../../src/store/index.ts";
import type { SoakSetup } from "./setup.ts";
import { PAGES, SECRETS } from "./setup.ts";

const setup = JSON.parse(process.argv[2] ?? "{}") as SoakSetup;

// What `date -s` does to a process.
const real = Date.now;
let aheadMs = 0;
Date.now = () => real() + aheadMs;

const meta = { appSecret: [SECRETS.appSecret], verifyToken: "verify" };
const page = { ...meta, pageAccessToken: SECRETS.accessToken };
const official = { channelSecret: [SECRETS.lineSecret], channelAccessToken: SECRETS.lineToken };
const agents = {
  bot: withBreaker(httpAgent({ url: setup.botUrl })),
  hung: withBreaker(httpAgent({ url: setup.hungBotUrl })),
  pages: withBreaker(httpAgent({ url: setup.botUrl })),
  core: openabAgent({ token: SECRETS.coreToken }),
  connected: webSocketAgent({ token: SECRETS.agentToken }),
};
const gateway = createGateway({
  store: await openStore(setup.database, {}),
  channels: [
    line({ ...official, apiBaseUrl: setup.lineUrl, dataApiBaseUrl: setup.lineUrl }),
    line({ ...official, account: "team", apiBaseUrl: setup.teamUrl, dataApiBaseUrl: setup.teamUrl }),
    messenger({ ...page, pageId: PAGES.well, graphBaseUrl: setup.messengerUrl }),
    messenger({ ...page, account: "hung-bot", pageId: PAGES.hungBot, graphBaseUrl: setup.hungGraphUrl }),
    messenger({ ...page, account: "hung-graph", pageId: PAGES.hungGraph, graphBaseUrl: setup.hungGraphUrl }),
    whatsapp({
      ...meta,
      accessToken: SECRETS.accessToken,
      phoneNumberId: SECRETS.phoneNumberId,
      graphBaseUrl: setup.whatsappUrl,
    }),
  ],
  agent: routedAgents(agents, [
    { channel: "line", account: "team", agent: "core" },
    { channel: "line", agent: "bot" },
    { channel: "messenger", account: "hung-bot", agent: "hung" },
    { channel: "messenger", agent: "pages" },
    { channel: "whatsapp", agent: "connected" },
  ]),
  log: jsonLog("warn"),
});
const { url } = await listen(gateway.fetch, { host: "127.0.0.1", port: 0, upgrade: gateway.upgrade });
await gateway.start();

process.on("message", (message: { readonly aheadMs: number }) => {
  aheadMs = message.aheadMs;
});
process.once("disconnect", () => process.exit());
process.send?.({ port: Number(new URL(url).port) });
