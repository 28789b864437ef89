/**
 * Goal: behind the demo's address the gateway's admin port is as it is, and its death is a 503 there.
 * Method: a server in the gateway's place and the demo's app before it, on real sockets.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Listening, listen } from "../../http/server.ts";
import { demoAdmin } from "./admin-app.ts";

interface Arrived {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

let gateway: Server;
let gatewayUrl: string | null;
let demo: Listening;
let arrived: Arrived[];
let respond: (response: ServerResponse, request: IncomingMessage) => void;
const errors: unknown[] = [];

beforeEach(async () => {
  arrived = [];
  respond = (response) => response.end("{}");
  gateway = createServer(async (incoming, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of incoming) parts.push(part);
    const { method, url, headers } = incoming;
    arrived.push({ method, url, headers, body: Buffer.concat(parts).toString() });
    respond(response, incoming);
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  gatewayUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const app = demoAdmin({
    simulatorApi: new Hono().all("*", (c) => c.json({ simulator: c.req.method })),
    gatewayUrl: () => gatewayUrl,
    onError: (error) => errors.push(error),
    consoleFolder: "/nowhere",
  });
  demo = await listen(app.fetch, { host: "127.0.0.1", port: 0 });
});

afterEach(async () => {
  gateway.closeAllConnections();
  gateway.close();
  demo.closeConnections();
  await demo.close();
  expect(errors).toEqual([]);
});

const ask = (path: string, init?: RequestInit) => fetch(`${demo.url}${path}`, init);

describe("what is passed on", () => {
  test("a request with its method, query, body and headers, and the answer with its own", async () => {
    respond = (response) =>
      response.writeHead(409, { "content-type": "application/problem+json", "x-own": "1" }).end("no");
    const headers = { "content-type": "application/json", "x-turnpike-console": "1", "last-event-id": "o.7" };
    const body = JSON.stringify({ text: "日本" });
    const answer = await ask("/api/actions?a=1&b=%2F", { method: "POST", headers, body });
    expect([answer.status, answer.headers.get("x-own"), await answer.text()]).toEqual([409, "1", "no"]);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(arrived).toMatchObject([{ method: "POST", url: "/api/actions?a=1&b=%2F", body, headers }]);
  });

  test("a path that looks like another host stays a path of the gateway's", async () => {
    const elsewhere = createServer((_, response) => response.end("elsewhere"));
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const path = `//127.0.0.1:${(elsewhere.address() as AddressInfo).port}/pwn.html`;
    const headers = { cookie: "__Host-turnpike=session" };
    expect(await (await ask(path, { headers })).text()).toBe("{}");
    expect(arrived.map(({ url }) => url)).toEqual([path]);
    elsewhere.close();
  });

  test("a page's origin was checked here, and isn't passed on", async () => {
    const headers = { origin: demo.url, "sec-fetch-site": "same-origin" };
    expect((await ask("/api/overview", { headers })).status).toBe(200);
    expect(arrived[0]?.headers).not.toHaveProperty("origin");
    expect(arrived[0]?.headers.host).toBe(new URL(gatewayUrl ?? "").host);
  });

  test("the gateway is told to be simulated in /api/me, and nowhere else", async () => {
    respond = (response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"version":"1","hasSimulator":false}');
    expect(await (await ask("/api/me")).json()).toEqual({ version: "1", hasSimulator: true });
    expect(await (await ask("/api/overview")).json()).toEqual({ version: "1", hasSimulator: false });
  });
});

describe("streams", () => {
  /** Reads until that text has come. */
  async function readTo(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<void> {
    const decoder = new TextDecoder();
    for (let text = ""; !text.includes(wanted); ) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`it ended before ${wanted}`);
      text += decoder.decode(value, { stream: true });
    }
  }

  test("events come as they are sent, and the gateway learns that the reader has gone", async () => {
    const closed = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<ServerResponse>();
    respond = (response) => {
      response.on("close", () => closed.resolve());
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
      opened.resolve(response);
    };
    const leaving = new AbortController();
    const answer = await ask("/api/event-feed", { signal: leaving.signal });
    const reader = answer.body?.getReader() ?? expect.fail("no body");
    await readTo(reader, "one");
    (await opened.promise).write("data: two\n\n");
    await readTo(reader, "two");
    leaving.abort();
    await closed.promise;
  });

  test("a reader's stream breaks when the gateway is killed, and so does a part of an answer", async () => {
    respond = (response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("part", () => response.destroy());
    };
    await expect(ask("/api/overview").then((answer) => answer.text())).rejects.toThrow();
  });
});

test("without a gateway, or with one that has just died, it is a 503 that says when to come again", async () => {
  respond = (response) => response.destroy();
  const dying = await ask("/api/overview");
  gatewayUrl = null;
  const dead = await ask("/api/overview");
  for (const answer of [dying, dead]) {
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await answer.json()).toMatchObject({ status: 503, detail: expect.stringContaining("the gateway is down") });
  }
  expect(await (await ask("/api/simulator/anything")).json()).toEqual({ simulator: "GET" });
});

describe("a page of another origin is refused, by what its browser says", () => {
  async function statusOf(headers: Record<string, string>, method: string, path: string): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const asked = request(`${demo.url}${path}`, { method, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    asked.on("error", reject).end(method === "POST" ? "{}" : "");
    return await promise;
  }
  const json = { "content-type": "application/json" };
  const PAGES: readonly [what: string, headers: Record<string, string>, status: number][] = [
    ["a rebound name", { ...json, host: "rebound.example" }, 403],
    ["another origin", { ...json, origin: "https://evil.example" }, 403],
    ["another site", { ...json, "sec-fetch-site": "cross-site" }, 403],
    ["a form", { "content-type": "text/plain" }, 415],
  ];

  test.each(PAGES)("%s", async (_what, headers, status) => {
    expect(await statusOf(headers, "POST", "/api/simulator/line/says")).toBe(status);
    if (status === 403) {
      expect(await statusOf(headers, "GET", "/api/simulator/stream")).toBe(403);
      expect(await statusOf(headers, "GET", "/api/overview")).toBe(403);
      expect(arrived).toEqual([]);
    }
  });

  test("its own page isn't", async () => {
    const headers = { ...json, origin: demo.url, "sec-fetch-site": "same-origin" };
    expect(await statusOf(headers, "POST", "/api/simulator/line/says")).toBe(200);
  });
});

test("a body that is too large is refused before it is read", async () => {
  const headers = { "content-type": "application/json" };
  const large = await ask("/api/simulator/line/says", { method: "POST", headers, body: "x".repeat(2 ** 21) });
  expect(large.status).toBe(413);
});
