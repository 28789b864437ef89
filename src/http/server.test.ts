/** Goal: connections are limited in number, and requests in duration. Method: real sockets. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type ListenAt, type Listening, listen } from "./server.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function listening(at: Partial<ListenAt>): Promise<Listening> {
  const whole = async (request: Request) => new Response(await request.text().catch(() => "it broke off"));
  const port = await listen(whole, { host: "127.0.0.1", port: 0, ...at });
  ends.push(() => {
    const closed = port.close();
    port.closeConnections();
    return closed;
  });
  return port;
}

async function open({ url }: Listening): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  ends.push(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

const REQUEST = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

async function answerTo(socket: Socket, request: string): Promise<string> {
  // Not by `once` of events: it rejects when the end of the connection comes as a reset.
  const { promise: answer, resolve } = Promise.withResolvers<string>();
  socket.once("data", (part) => resolve(String(part))).once("close", () => resolve(""));
  socket.write(request);
  return (await answer).split("\r\n")[0] ?? "";
}

test("a connection over the limit is closed at once, and the others are served", async () => {
  const port = await listening({ connectionsMax: 2 });
  const [first, second] = [await open(port), await open(port)];
  expect(await answerTo(first, REQUEST)).toBe("HTTP/1.1 200 OK");
  const third = await open(port);
  expect(await answerTo(third, REQUEST)).toBe("");
  expect(await answerTo(second, REQUEST)).toBe("HTTP/1.1 200 OK");
  first.destroy();
  await expect.poll(async () => await answerTo(await open(port), REQUEST)).toBe("HTTP/1.1 200 OK");
});

test.each([
  ["headers", "GET / HTTP/1.1\r\nhost: x\r\n"],
  ["a body", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc"],
  ["anything at all", ""],
])("a client that never ends %s is closed, with a status", async (_what, begun) => {
  const port = await listening({ requestTimeoutMs: 100 });
  const socket = await open(port);
  const heard: string[] = [];
  socket.setEncoding("latin1").on("data", (part: string) => heard.push(part));
  const closed = once(socket, "close");
  socket.write(begun);
  await closed;
  expect(heard.join("")).toMatch(/^HTTP\/1\.1 408 |^$/);
});
