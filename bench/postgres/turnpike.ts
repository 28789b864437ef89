/** The gateway with default settings and log, on a shared database. */
import { inProcessAgent } from "../../src/agents/in-process.ts";
import { noAgent } from "../../src/agents/none.ts";
import { line } from "../../src/channels/line/index.ts";
import { createGateway } from "../../src/gateway.ts";
import { listen } from "../../src/http/server.ts";
import { jsonLog } from "../../src/runtime/log.ts";
import { postgres } from "../../src/store/postgres/index.ts";
import { report } from "../support/program.ts";
import { SECRET } from "../support/webhooks.ts";

/** With `apiBaseUrl`, for the whole path, a bot answers every turn. */
const [url = "", apiBaseUrl = ""] = process.argv.slice(2);
const gateway = createGateway({
  store: await postgres({ url }),
  channels: [
    line({
      channelSecret: [SECRET],
      channelAccessToken: "bench",
      ...(apiBaseUrl !== "" && { apiBaseUrl }),
    }),
  ],
  agent: apiBaseUrl === "" ? noAgent() : inProcessAgent(async (turn) => `re: ${turn.events.length}`),
  batch: { quietMs: 0 },
  log: jsonLog("info"),
});
await gateway.start();
const { url: listening } = await listen(gateway.fetch, { host: "127.0.0.1", port: 0 });
report(Number(new URL(listening).port));
