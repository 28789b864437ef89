/** The gateway with default settings and log, whose admin side serves the built console. No agent: turns wait. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { noAgent } from "../../src/agents/none.ts";
import { line } from "../../src/channels/line/index.ts";
import { createGateway } from "../../src/gateway.ts";
import { listen } from "../../src/http/server.ts";
import { jsonLog } from "../../src/runtime/log.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import { report } from "../support/program.ts";
import { SECRET } from "../support/webhooks.ts";

const [file = "turnpike.db"] = process.argv.slice(2);
const consoleFolder = fileURLToPath(new URL("../../dist/console/", import.meta.url));
if (!existsSync(consoleFolder)) throw new Error("the console isn't built: npm run build");
/** Nobody is there. */
const nowhere = "http://127.0.0.1:9";
const gateway = createGateway({
  store: sqlite({ file }),
  channels: [
    line({ channelSecret: [SECRET], channelAccessToken: "bench", apiBaseUrl: nowhere, dataApiBaseUrl: nowhere }),
  ],
  agent: noAgent(),
  consoleFolder,
  log: jsonLog("info"),
});
const portOf = ({ url }: { readonly url: string }) => Number(new URL(url).port);
await gateway.start();
const webhooks = await listen(gateway.fetch, { host: "127.0.0.1", port: 0 });
const admin = await listen(gateway.adminFetch, { host: "127.0.0.1", port: 0 });
report(portOf(webhooks), portOf(admin));
