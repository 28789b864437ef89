import { createGateway, inProcessAgent, line, listen, sqlite } from "turnpike";

const gateway = createGateway({
  store: sqlite({ file: "data/bot.db" }),
  channels: [line({ channelSecrets: ["…"], channelAccessToken: "…" })],
  agent: inProcessAgent((turn) => `You said: ${turn.text}`),
});
await listen(gateway.fetch, { host: "127.0.0.1", port: 8080 });
await gateway.start();
