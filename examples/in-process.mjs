import { createGateway, inProcessAgent, line, listen, sqlite } from "turnpike";

const {
  LINE_CHANNEL_SECRET,
  LINE_CHANNEL_ACCESS_TOKEN,
  LINE_API_BASE_URL,
  DATA = "data/bot.db",
  PORT = 8080,
} = process.env;
const channelSecret = [LINE_CHANNEL_SECRET];

const gateway = createGateway({
  store: sqlite({ file: DATA }),
  channels: [line({ channelSecret, channelAccessToken: LINE_CHANNEL_ACCESS_TOKEN, apiBaseUrl: LINE_API_BASE_URL })],
  agent: inProcessAgent((turn) => `You said: ${turn.text}`),
});
await listen(gateway.fetch, { host: "127.0.0.1", port: Number(PORT) });
await gateway.start();
