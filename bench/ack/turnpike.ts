/** The gateway with default settings and log. */

import { noAgent } from "../../src/agents/none.ts";
import { line } from "../../src/channels/line/index.ts";
import { createGateway } from "../../src/gateway.ts";
import { listen } from "../../src/http/server.ts";
import { jsonLog } from "../../src/runtime/log.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import { report } from "../support/program.ts";
import { SECRET } from "../support/webhooks.ts";

const [file = "turnpike.db"] = process.argv.slice(2);
const gateway = createGateway({
  store: sqlite({ file }),
  channels: [line({ channelSecret: [SECRET], channelAccessToken: "bench" })],
  agent: noAgent(),
  log: jsonLog("info"),
});
await gateway.start();
const { url } = await listen(gateway.fetch, { host: "127.0.0.1", port: 0 });
report(Number(new URL(url).port));
