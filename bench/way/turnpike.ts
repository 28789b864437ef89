/** The gateway with default settings and log: as it ships, but for the quiet time. */
import { httpAgent } from "../../src/agents/http.ts";
import { inProcessAgent } from "../../src/agents/in-process.ts";
import { line } from "../../src/channels/line/index.ts";
import { createGateway } from "../../src/gateway.ts";
import { listen } from "../../src/http/server.ts";
import { jsonLog } from "../../src/runtime/log.ts";
import { openStore } from "../../src/store/index.ts";
import { report } from "../support/program.ts";
import { SECRET } from "../support/webhooks.ts";

/** `quietMs`: empty for the default. Without a bot's URL the bot is in the process. */
const [database = "sqlite:turnpike.db", apiBaseUrl = "", botUrl = "", quietMs = "0"] = process.argv.slice(2);
const gateway = createGateway({
  store: await openStore(database, {}),
  channels: [line({ channelSecret: [SECRET], channelAccessToken: "bench", apiBaseUrl, dataApiBaseUrl: apiBaseUrl })],
  agent: botUrl === "" ? inProcessAgent(async () => "Yes, we are open until nine.") : httpAgent({ url: botUrl }),
  ...(quietMs !== "" && { batch: { quietMs: Number(quietMs) } }),
  log: jsonLog("info"),
});
const { url } = await listen(gateway.fetch, { host: "127.0.0.1", port: 0 });
await gateway.start();
report(Number(new URL(url).port));
