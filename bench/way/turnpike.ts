/** The gateway with default settings and log: as it ships, but for the quiet time. */
import { httpAgent } from "../../src/agents/http.ts";
import { inProcessAgent } from "../../src/agents/in-process.ts";
import { webSocketAgent } from "../../src/agents/websocket/endpoint.ts";
import { line } from "../../src/channels/line/index.ts";
import { createGateway } from "../../src/gateway.ts";
import { listen } from "../../src/http/server.ts";
import { jsonLog } from "../../src/runtime/log.ts";
import { openStore } from "../../src/store/index.ts";
import { AGENT_TOKEN } from "../support/contenders.ts";
import { report } from "../support/program.ts";
import { SECRET } from "../support/webhooks.ts";

/** `bot`: its URL, or the token of one that connects; empty for one in the process. `quietMs`: empty for the default. */
const [database = "sqlite:turnpike.db", apiBaseUrl = "", bot = "", quietMs = "0"] = process.argv.slice(2);

function agent() {
  if (bot === AGENT_TOKEN) return webSocketAgent({ token: AGENT_TOKEN });
  return bot === "" ? inProcessAgent(async () => "Yes, we are open until nine.") : httpAgent({ url: bot });
}

const gateway = createGateway({
  store: await openStore(database, {}),
  channels: [line({ channelSecret: [SECRET], channelAccessToken: "bench", apiBaseUrl, dataApiBaseUrl: apiBaseUrl })],
  agent: agent(),
  ...(quietMs !== "" && { batch: { quietMs: Number(quietMs) } }),
  log: jsonLog("info"),
});
const { url } = await listen(gateway.fetch, { host: "127.0.0.1", port: 0, upgrade: gateway.upgrade });
await gateway.start();
report(Number(new URL(url).port));
