/**
 * Goal: the simulator is LINE as LINE's own client knows it.
 * Method: the official SDK as a third party, unchanged, over real loopback sockets: it checks the simulator's
 * webhooks, and it calls the simulator's API.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HTTPFetchError, messagingApi, middleware, SignatureValidationFailed, validateSignature } from "@line/bot-sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type RunningLine, startLine } from "../src/simulator/server.ts";
import { manualClock } from "./support/manual-clock.ts";
import { seededRandom } from "./support/seeded-random.ts";

const CHANNEL_SECRET = "channel-secret";
const ACCESS_TOKEN = "access-token";
const RETRY_KEY = "123e4567-e89b-12d3-a456-426614174000";

let simulator: RunningLine;
let client: messagingApi.MessagingApiClient;
const bots: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  simulator = await startLine({
    line: { channelSecret: CHANNEL_SECRET, channelAccessToken: ACCESS_TOKEN, oddBodies: true },
    clock: manualClock(),
    random: seededRandom(11),
  });
  client = new messagingApi.MessagingApiClient({ baseURL: simulator.url, channelAccessToken: ACCESS_TOKEN });
});
afterEach(async () => {
  await simulator.close();
  for (const close of bots.splice(0)) await close();
});

/** A bot's server that is nothing but the SDK's middleware. */
async function startBot(channelSecret: string) {
  const bodies: {
    events: { type: string; replyToken?: string; message?: { text: string; markAsReadToken: string } }[];
  }[] = [];
  const check = middleware({ channelSecret });
  const server = createServer((request: IncomingMessage & { body?: unknown }, response: ServerResponse) => {
    void check(request as Parameters<typeof check>[0], response as Parameters<typeof check>[1], (error?: unknown) => {
      if (error === undefined) bodies.push(request.body as (typeof bodies)[number]);
      response.writeHead(error === undefined ? 200 : error instanceof SignatureValidationFailed ? 401 : 500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  bots.push(() => new Promise((resolve) => server.close(resolve)));
  simulator.line.webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  return bodies;
}

test("the SDK's middleware takes the simulator's webhooks, first copies and redelivered ones", async () => {
  const bodies = await startBot(CHANNEL_SECRET);
  const ann = simulator.line.person("Uann");
  const { eventId, webhook } = await ann.says("snowman ☃ and family 👩‍👩‍👧");
  expect(webhook.status).toBe(200);
  for (const posted of [await ann.taps("a=1"), await ann.unsends("5"), await ann.blocks(), await ann.follows()]) {
    expect(posted.webhook.status).toBe(200);
  }
  expect((await simulator.line.redeliver(eventId))?.status).toBe(200);
  expect((await simulator.line.post([])).status).toBe(200);
  expect(bodies.flatMap((body) => body.events.map((event) => event.type))).toEqual([
    "message",
    "postback",
    "unsend",
    "unfollow",
    "follow",
    "message",
  ]);
  expect(bodies[0]?.events[0]?.message?.text).toBe("snowman ☃ and family 👩‍👩‍👧");
});

test("the SDK's middleware refuses them under another secret", async () => {
  await startBot("another-secret");
  expect((await simulator.line.person("Uann").says("hi")).webhook.status).toBe(401);
});

test("the SDK's validateSignature agrees with the simulator's signature", async () => {
  await simulator.line.person("Uann").says("hi");
  const [webhook] = simulator.line.webhooks;
  const signature = new Headers(webhook?.headers).get("x-line-signature") ?? "";
  expect(validateSignature(webhook?.body ?? "", CHANNEL_SECRET, signature)).toBe(true);
  expect(validateSignature(`${webhook?.body} `, CHANNEL_SECRET, signature)).toBe(false);
});

test("the SDK's client replies once, and the second time is told that the token is invalid", async () => {
  const bodies = await startBot(CHANNEL_SECRET);
  await simulator.line.person("Uann").says("hi");
  const request = {
    replyToken: bodies[0]?.events[0]?.replyToken ?? "",
    messages: [{ type: "text" as const, text: "yes" }],
  };
  const { sentMessages } = await client.replyMessage(request);
  const [bubble, ...more] = simulator.line.seenBy("Uann");
  expect(bubble).toMatchObject({ text: "yes", route: "reply", messageId: sentMessages[0]?.id });
  expect(more).toEqual([]);
  const refused = await client.replyMessage(request).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(HTTPFetchError);
  expect(refused).toMatchObject({ status: 400, body: '{"message":"Invalid reply token"}' });
});

test("the SDK's client sees a second push with the same retry key as a conflict with the first", async () => {
  const request = { to: "Uann", messages: [{ type: "text" as const, text: "news" }] };
  const first = await client.pushMessageWithHttpInfo(request, RETRY_KEY);
  const second = await client.pushMessage(request, RETRY_KEY).catch((error: unknown) => error);
  expect(second).toBeInstanceOf(HTTPFetchError);
  if (!(second instanceof HTTPFetchError)) return;
  expect(second.status).toBe(409);
  expect(JSON.parse(second.body).sentMessages).toEqual(first.body.sentMessages);
  expect(second.headers.get("x-line-accepted-request-id")).toBe(first.httpResponse.headers.get("x-line-request-id"));
  expect(simulator.line.seenBy("Uann")).toHaveLength(1);
});

test("the SDK's client reads the bot, a profile and the quota, validates, and shows that it works", async () => {
  const bodies = await startBot(CHANNEL_SECRET);
  await simulator.line.person("Uann").says("hi");
  simulator.line.quota.limit = 200;
  await client.pushMessage({ to: "Uann", messages: [{ type: "text", text: "news" }] });
  expect(await client.getBotInfo()).toMatchObject({ userId: simulator.line.botUserId });
  expect(await client.getProfile("Uann")).toMatchObject({ userId: "Uann" });
  expect(await client.getMessageQuota()).toEqual({ type: "limited", value: 200 });
  expect(await client.getMessageQuotaConsumption()).toEqual({ totalUsage: 1 });
  await client.validateReply({ messages: [{ type: "text", text: "fine" }] });
  await client.showLoadingAnimation({ chatId: "Uann", loadingSeconds: 5 });
  const markAsReadToken = bodies[0]?.events[0]?.message?.markAsReadToken ?? "";
  await client.markMessagesAsReadByToken({ markAsReadToken });
  await client.setWebhookEndpoint({ endpoint: "https://bot.example/hook" });
  expect(await client.getWebhookEndpoint()).toMatchObject({ endpoint: "https://bot.example/hook" });
});
