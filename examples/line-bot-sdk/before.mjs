import { createServer } from "node:http";
import { messagingApi, middleware } from "@line/bot-sdk";
import { handleEvent } from "./bot.mjs";

const { LINE_CHANNEL_SECRET: channelSecret, LINE_CHANNEL_ACCESS_TOKEN: channelAccessToken } = process.env;
const client = new messagingApi.MessagingApiClient({ channelAccessToken, baseURL: process.env.LINE_API_BASE_URL });
const check = middleware({ channelSecret });

createServer(async (request, response) => {
  const { promise: checked, resolve } = Promise.withResolvers();
  void check(request, response, resolve);
  const error = await checked;
  if (error === undefined) for (const event of request.body.events) await handleEvent(event, client);
  response.writeHead(error === undefined ? 200 : 401).end();
}).listen(process.env.PORT ?? 3000, "127.0.0.1");
