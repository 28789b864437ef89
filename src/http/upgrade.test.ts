/**
 * Goal: refused upgrades leave no open connection, and unauthenticated ones are limited.
 * Method: a whole gateway on a real socket, and clients that keep their half of the connection open.
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { post } from "../../test/e2e/support/post.ts";
import { type ListeningGateway, listeningGateway } from "../../test/support/agents/listening-gateway.ts";
import { RawSocket } from "../../test/support/agents/raw-socket.ts";
import type { AssemblyOptions } from "../../test/support/assembled-gateway.ts";
import { webSocketAgent } from "../agents/websocket/endpoint.ts";

const TOKEN = "agent-token";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(settings: AssemblyOptions["settings"] = {}): Promise<ListeningGateway> {
  const agent = webSocketAgent({ token: TOKEN });
  const whole = await listeningGateway({ agent, settings: { agentToken: TOKEN, ...settings } });
  ends.push(whole.end);
  return whole;
}

/** A client that reads and never closes its half of the connection. */
async function upgradeRequest(whole: ListeningGateway, path: string, authorization: string): Promise<Socket> {
  const { hostname, port } = new URL(whole.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  ends.push(() => socket.destroy());
  socket.on("error", () => undefined).resume();
  await once(socket, "connect");
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nauthorization: ${authorization}\r\n` +
      "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  return socket;
}

test.each([
  ["with a wrong token", "/v1/agent", "Bearer wrong"],
  ["at another address", "/nowhere", `Bearer ${TOKEN}`],
])("a refused upgrade %s ends the connection, though the client keeps its half open", async (_what, path, bearer) => {
  const whole = await started();
  const socket = await upgradeRequest(whole, path, bearer);
  await once(socket, "end");
  // Its half is still open; a write to the closed connection fails.
  const broken = new Promise((resolve) => socket.once("close", resolve));
  const timer = setInterval(() => socket.writable && socket.write("a"), 10);
  await broken;
  clearInterval(timer);
});

test("connections without a hello are limited: the oldest makes room; a token in the header doesn't count", async () => {
  const whole = await started();
  const url = whole.socketUrl("/v1/agent");
  const open = async (headers?: Record<string, string>) => {
    const socket = await RawSocket.connect(url, headers);
    ends.push(() => socket.drop());
    return socket;
  };
  const oldest = await open();
  for (let count = 0; count < 30; count += 1) await open();
  const last = await open();
  // The oldest makes room for a client that comes now.
  const client = await open();
  expect(await oldest.isClosed()).toMatchObject({ code: 4408 });
  client.send({ type: "hello", version: 1, token: TOKEN, name: "a", credit: 1 });
  await client.hears("welcome");
  await open({ authorization: `Bearer ${TOKEN}` });
  last.send({ type: "hello", version: 1, token: TOKEN, name: "b", credit: 1 });
  await last.hears("welcome");
  expect(await whole.count("requests_rejected_total", { reason: "connections" })).toBe(1);
});

test("connections that end without a hello count against their address as a wrong token does, and no other's", async () => {
  const whole = await started({ trustedProxies: ["127.0.0.1"], limits: { refusedPerMinute: 3 } });
  const url = whole.socketUrl("/v1/agent");
  const from = (address: string) => ({ "x-forwarded-for": address });
  for (let count = 0; count < 3; count += 1) {
    const stranger = await RawSocket.connect(url, from("8.8.4.4"));
    stranger.close();
    await stranger.isClosed();
  }
  await expect(RawSocket.connect(url, from("8.8.4.4"))).rejects.toThrow("429");
  const client = await RawSocket.connect(url, from("1.1.1.1"));
  ends.push(() => client.drop());
  client.send({ type: "hello", version: 1, token: TOKEN, name: "a", credit: 1 });
  await client.hears("welcome");
});

const OFFER = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA" };

test("an offer of HTTP/2 with a POST is ignored, and the request is answered as without it", async () => {
  const whole = await started();
  const body = JSON.stringify({ destination: "Ubot", events: [] });
  const signed = { ...whole.simulator.sign(new TextEncoder().encode(body)), "content-type": "application/json" };
  const bearer = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const answers: readonly [string, Record<string, string>, string, number][] = [
    ["/webhook/line", signed, body, 200],
    ["/webhook/line", { ...signed, "x-line-signature": "wrong" }, body, 401],
    ["/v1/turns/turn_1/replies", bearer, "{}", 400],
    ["/v1/turns/turn_1/replies", { ...bearer, authorization: "Bearer wrong" }, "{}", 401],
  ];
  for (const [path, headers, content, status] of answers) {
    expect(await post(`${whole.url}${path}`, headers, content)).toMatchObject({ status });
    expect(await post(`${whole.url}${path}`, { ...headers, ...OFFER }, content)).toMatchObject({ status });
  }
});

test("an offer of another protocol, where Node hands it over, is a bad request and counts against nobody", async () => {
  const whole = await started();
  for (let times = 0; times < 100; times++) {
    const socket = new PassThrough();
    const request = { method: "POST", url: "/v1/turns/turn_1/reply", headers: { upgrade: "h2c" }, socket };
    whole.gateway.upgrade(request as unknown as IncomingMessage, socket, Buffer.alloc(0));
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  }
});
