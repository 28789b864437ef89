/**
 * Goal: a separate process can control the simulator over HTTP, and requests and responses are those of the model.
 * Method: real loopback sockets on both sides; the control API through fetch, as `turnpike simulate` offers it.
 */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { createVerifier } from "../channels/line/verify.ts";
import { type RunningLine, startLine } from "./server.ts";

let simulator: RunningLine;
let bot: Awaited<ReturnType<typeof startBot>>;

async function startBot() {
  const arrived: { body: string; headers: Headers }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    arrived.push({ body: Buffer.concat(chunks).toString("utf8"), headers });
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    arrived,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook/line`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

beforeEach(async () => {
  bot = await startBot();
  simulator = await startLine({
    // LINE's 2 s would depend on this machine's load.
    line: { channelSecret: "secret", channelAccessToken: "access", redelivery: { timeoutMs: 30_000 } },
    webhookUrl: bot.url,
    random: seededRandom(5),
  });
});
afterEach(async () => {
  await simulator.close();
  await bot.close();
});

/** Result of a command that sends a message as a person. */
interface SentMessage {
  readonly eventId: string;
  readonly messageId: string;
  readonly replyToken: string;
}

async function control(method: string, path: string, body?: unknown) {
  const response = await fetch(`${simulator.url}/_simulator/${path}`, {
    method,
    ...(method === "POST" && { headers: { "content-type": "application/json" } }),
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as SentMessage };
}

function api(path: string, body: unknown) {
  return fetch(`${simulator.url}/v2/bot/message/${path}`, {
    method: "POST",
    headers: { authorization: "Bearer access", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

const messages = [{ type: "text", text: "answer" }];

test("a person writes, the bot answers, and the screen shows it", async () => {
  const said = await control("POST", "says", { peerId: "Uann", text: "snowman ☃" });
  expect(said).toEqual({
    status: 200,
    body: {
      eventId: expect.any(String),
      messageId: expect.any(String),
      replyToken: expect.any(String),
      status: 200,
      result: "ok",
    },
  });
  const [webhook] = bot.arrived;
  const bytes = new TextEncoder().encode(webhook?.body);
  expect(createVerifier(["secret"])(bytes, webhook?.headers ?? new Headers())).not.toBeNull();

  const answer = await api("reply", { replyToken: said.body.replyToken, messages });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-line-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect((await control("GET", "seen/Uann")).body).toMatchObject([{ text: "answer", route: "reply" }]);
  expect((await control("GET", "calls")).body).toMatchObject([{ status: 200, accepted: true }]);
  expect((await control("GET", "webhooks")).body).toMatchObject([{ status: 200, isRedelivery: false }]);
});

test("every action of a person has a command", async () => {
  const { body: said } = await control("POST", "says", { peerId: "Uann", groupId: "Cteam", text: "hi" });
  await control("POST", "taps", { peerId: "Uann", data: "a=1" });
  await control("POST", "sends", { peerId: "Uann", message: { type: "sticker", packageId: "1", stickerId: "2" } });
  await control("POST", "sends-images", { peerId: "Uann", order: [2, 1] });
  await control("POST", "edits", { peerId: "Uann", groupId: "Cteam", messageId: said.messageId, text: "ho" });
  await control("POST", "unsends", { peerId: "Uann", messageId: said.messageId });
  await control("POST", "blocks", { peerId: "Uann" });
  await control("POST", "follows", { peerId: "Uann" });
  await control("POST", "events", {
    events: [{ type: "hologram", source: { type: "user", userId: "Ubob" }, depth: 3 }],
  });
  await control("POST", "events", { events: [] });
  await control("POST", "redeliver", { eventId: said.eventId });
  const kinds = bot.arrived.map(({ body }) => JSON.parse(body).events.map((event: { type: string }) => event.type));
  expect(kinds.flat()).toEqual([
    "message",
    "postback",
    "message",
    "message",
    "message",
    "messageEdited",
    "unsend",
    "unfollow",
    "follow",
    "hologram",
    "message",
  ]);
  expect(JSON.parse(bot.arrived[0]?.body ?? "").events[0].source).toEqual({
    type: "group",
    groupId: "Cteam",
    userId: "Uann",
  });
});

test("the first copy can be lost, so that only the redelivered one arrives", async () => {
  const { body: said } = await control("POST", "says", { peerId: "Uann", text: "hi", lost: true });
  expect(said).toMatchObject({ status: null, result: "lost" });
  expect(bot.arrived).toEqual([]);
  expect((await control("POST", "redeliver", { eventId: said.eventId })).body).toMatchObject({ status: 200 });
  expect(JSON.parse(bot.arrived[0]?.body ?? "").events[0].deliveryContext).toEqual({ isRedelivery: true });
});

test("faults are scripted: the connection breaks after the message was accepted", async () => {
  await control("POST", "faults", { route: "push", at: "after-accept", how: "disconnect" });
  await expect(api("push", { to: "Uann", messages })).rejects.toThrow();
  expect((await control("GET", "seen/Uann")).body).toHaveLength(1);
  await control("POST", "faults", { route: "any", at: "before-accept", how: 503, times: 5 });
  expect((await api("push", { to: "Uann", messages })).status).toBe(503);
  await control("POST", "clear-faults");
  expect((await api("push", { to: "Uann", messages })).status).toBe(200);
});

/** Reads server-sent events until there are so many. */
async function readStream(response: Response, count: number): Promise<(readonly [kind: string, record: object])[]> {
  const events: [string, object][] = [];
  let rest = "";
  for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, kind, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (kind !== undefined) events.push([kind, JSON.parse(data ?? "")]);
    }
    if (events.length >= count) break;
  }
  return events;
}

test("what happens is streamed to whoever reads: webhooks, faults, calls, bubbles and whose screen changed", async () => {
  const stream = await fetch(`${simulator.url}/_simulator/stream`);
  expect(stream.headers.get("content-type")).toBe("text/event-stream");
  await control("POST", "faults", { route: "push", at: "after-accept", how: 500 });
  await control("POST", "says", { peerId: "Uann", text: "hi" });
  await api("push", { to: "Uann", messages });
  const all = await readStream(stream, 8);
  // Written, accepted, answered.
  const screens = all.filter(([kind]) => kind === "screen").map(([, record]) => record);
  expect(screens).toEqual([{ peerId: "Uann" }, { peerId: "Uann" }, { peerId: "Uann" }]);
  const events = all.filter(([kind]) => kind !== "screen");
  expect(events.map(([kind]) => kind)).toEqual(["webhook", "webhook", "fault", "bubble", "call"]);
  expect(events.map(([, record]) => record)).toMatchObject([
    { result: "under-way", status: null },
    { result: "ok", status: 200 },
    { path: "/v2/bot/message/push", at: "after-accept", how: 500 },
    { peerId: "Uann", text: "answer", route: "push" },
    { path: "/v2/bot/message/push", status: 500, accepted: true },
  ]);
});

test("a stream has so many readers at most, and one that left makes room", async () => {
  const leaving = Array.from({ length: 20 }, () => new AbortController());
  for (const { signal } of leaving) await fetch(`${simulator.url}/_simulator/stream`, { signal });
  expect((await fetch(`${simulator.url}/_simulator/stream`)).status).toBe(503);
  leaving[0]?.abort();
  const again = async () => {
    const response = await fetch(`${simulator.url}/_simulator/stream`);
    if (response.status === 503) await response.body?.cancel();
    return response.status;
  };
  await expect.poll(again).toBe(200);
});

test("the quota and the webhook URL can be changed", async () => {
  await control("POST", "quota", { limit: 0 });
  expect((await api("push", { to: "Uann", messages })).status).toBe(429);
  expect((await control("GET", "quota")).body).toEqual({ limit: 0, used: 0 });
  await control("POST", "webhook-url", { url: "http://127.0.0.1:1/nobody" });
  expect((await control("POST", "says", { peerId: "Uann", text: "hi" })).body).toMatchObject({
    status: null,
    result: "could_not_connect",
  });
});

test("an invalid command is refused with what is allowed", async () => {
  expect(await control("POST", "says", { text: "hi" })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining("peerId") },
  });
  expect(await control("POST", "says", "{")).toMatchObject({ status: 400, body: { message: "the body is not JSON" } });
  expect(await control("POST", "redeliver", { eventId: "none" })).toMatchObject({ status: 400 });
  expect(await control("POST", "faults", { route: "push", at: "never" })).toMatchObject({ status: 400 });
  expect(await control("POST", "sings", {})).toMatchObject({
    status: 404,
    body: { message: expect.stringContaining("says") },
  });
});

test("regression: a path with a broken escape is a 400 that says so, and breaks no connection", async () => {
  expect(await control("GET", "seen/%E0%A4%A")).toEqual({
    status: 400,
    body: { message: expect.stringContaining("%25") },
  });
});

/** A request whose Host, Origin and type are set by hand, as fetch doesn't allow. */
async function requestAs(headers: Readonly<Record<string, string>>, method = "POST", path = "says"): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const asked = request(`${simulator.url}/_simulator/${path}`, { method, headers }, (response) => {
    response.resume().on("end", () => resolve(response.statusCode ?? 0));
  });
  asked.on("error", reject).end(method === "POST" ? JSON.stringify({ peerId: "Uann", text: "hi" }) : "");
  return await promise;
}

describe("a web page can't use it", () => {
  const json = { "content-type": "application/json" };

  test("by another name of this machine", async () => {
    for (const host of ["rebound.example", "127.0.0.1.nip.io", "10.0.0.5:4000"]) {
      expect(await requestAs({ ...json, host }), host).toBe(403);
      expect(await requestAs({ host }, "GET", "calls"), host).toBe(403);
      expect(await requestAs({ host }, "GET", "stream"), host).toBe(403);
    }
    expect(bot.arrived).toEqual([]);
    expect(await requestAs({ ...json, host: "localhost:4000" })).toBe(200);
    // The platform's own API is called by the name that the gateway was given.
    expect(await requestAs({ host: "simulated-line", authorization: "Bearer access" }, "GET", "../v2/bot/info")).toBe(
      200,
    );
  });

  test("with what it may post to another origin without being asked: a form, text, or nothing", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
      expect(await requestAs(type === "" ? {} : { "content-type": type }), type).toBe(415);
    }
    expect(bot.arrived).toEqual([]);
  });

  test("from another origin", async () => {
    for (const origin of ["https://evil.example", "null"]) {
      expect(await requestAs({ ...json, origin }), origin).toBe(403);
    }
    expect(bot.arrived).toEqual([]);
    expect(await requestAs({ ...json, origin: simulator.url })).toBe(200);
  });

  test("regression: by what it sends, which isn't read: it is refused by its headers alone", async () => {
    const headers = { "content-type": "text/plain", "content-length": "10000000" };
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const asked = request(`${simulator.url}/_simulator/says`, { method: "POST", headers }, (response) => {
      resolve(response.statusCode);
      asked.destroy();
    });
    asked.on("error", () => undefined).flushHeaders();
    expect(await promise).toBe(415);
  });

  test("regression: from another origin by a GET, which has no Origin, to hold its streams", async () => {
    for (const site of ["cross-site", "same-site"]) {
      for (const path of ["stream", "calls"]) {
        expect(await requestAs({ "sec-fetch-site": site }, "GET", path), `${site} ${path}`).toBe(403);
      }
    }
    for (const site of ["same-origin", "none"]) {
      expect(await requestAs({ "sec-fetch-site": site }, "GET", "calls"), site).toBe(200);
    }
  });
});

test("it listens on loopback only, and close leaves nothing open", async () => {
  expect(simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  simulator.line.faults.next("push", { at: "slow", delayMs: 3_600_000 });
  const hung = api("push", { to: "Uann", messages }).catch((error: unknown) => error);
  await expect.poll(() => simulator.line.calls).toHaveLength(1);
  await simulator.close();
  expect(await hung).toBeInstanceOf(Error);
  await expect(fetch(simulator.url)).rejects.toThrow();
});
