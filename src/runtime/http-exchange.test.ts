/**
 * Goal: an exchange says how far it came, and holds on to nothing.
 * Method: a real server and undici's own pool.
 */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { buildConnector, Pool } from "undici";
import { afterEach, expect, test } from "vitest";
import { exchange } from "./http-exchange.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(listener: RequestListener): Promise<Pool> {
  const pool = new Pool(await listening(listener));
  ends.push(() => pool.destroy());
  return pool;
}

const GET = { path: "/", method: "GET" } as const;
const LIMITS = { maxBytes: 10 };

test("an answer has its status, its body, and the first of several headers of one name", async () => {
  const pool = await serve((_, response) => {
    response.writeHead(429, { "Retry-After": ["3", "9"] }).end("slow");
  });
  const exchanged = await exchange(pool, GET, LIMITS);
  expect(exchanged).toMatchObject({ kind: "answered", status: 429, body: Buffer.from("slow") });
  expect(exchanged.kind === "answered" && exchanged.headers.get("retry-after")).toBe("3");
});

test("a body may have its limit and not a byte more, and the rest isn't read", async () => {
  let closed = () => {};
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const pool = await serve((request, response) => {
    if (request.url === "/fits") return void response.end("x".repeat(10));
    response.on("close", closed);
    response.write("x".repeat(11));
  });
  expect(await exchange(pool, { ...GET, path: "/fits" }, LIMITS)).toMatchObject({ body: Buffer.from("x".repeat(10)) });
  expect(await exchange(pool, GET, LIMITS)).toMatchObject({ kind: "answered", status: 200, body: "too-long" });
  await isClosed;
});

test("a body that breaks off is an error, and no shorter body", async () => {
  const pool = await serve((_, response) => {
    response.writeHead(200, { "content-length": 9 }).write("half", () => response.destroy());
  });
  expect(await exchange(pool, GET, LIMITS)).toMatchObject({ kind: "answered", status: 200, body: expect.any(Error) });
});

test("a request that found no connection has not left", async () => {
  const pool = new Pool("http://127.0.0.1:1");
  ends.push(() => pool.destroy());
  expect(await exchange(pool, GET, LIMITS)).toMatchObject({ kind: "failed", hasLeft: false });
});

test("a signal ends what is on its way", async () => {
  const abort = new AbortController();
  const pool = await serve(() => abort.abort(new Error("enough")));
  const exchanged = await exchange(pool, GET, { ...LIMITS, signal: abort.signal });
  expect(exchanged).toMatchObject({ kind: "failed", error: { message: "enough" }, hasLeft: true });
});

test("nothing leaves after a signal, neither before a connection is asked for nor while it is opened", async () => {
  let requests = 0;
  let connections = 0;
  const url = await listening((_, response) => {
    requests += 1;
    response.end();
  });
  const abort = new AbortController();
  const connect = buildConnector({});
  const pool = new Pool(url, {
    // The signal comes while the connection is opened.
    connect: (options, callback) => {
      connections += 1;
      connect(options, (error, socket) => {
        abort.abort(new Error("enough"));
        if (error === null) callback(null, socket);
        else callback(error, null);
      });
    },
  });
  ends.push(() => pool.destroy());
  const limits = { ...LIMITS, signal: abort.signal };
  const enough = { kind: "failed", error: { message: "enough" }, hasLeft: false };
  expect(await exchange(pool, GET, limits)).toMatchObject(enough);
  expect(await exchange(pool, GET, limits)).toMatchObject(enough);
  expect({ requests, connections }).toEqual({ requests: 0, connections: 1 });
});

test("an informational answer is no answer", async () => {
  const pool = await serve((_, response) => response.writeEarlyHints({ link: "</a>" }, () => response.destroy()));
  expect(await exchange(pool, GET, LIMITS)).toMatchObject({ kind: "failed", hasLeft: true });
});

test("nothing listens to a signal after the answer", async () => {
  const pool = await serve((_, response) => response.end("ok"));
  const { signal } = new AbortController();
  const listeners: string[] = [];
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners.push("added");
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners.push("removed");
    remove(...args);
  };
  await exchange(pool, GET, { ...LIMITS, signal });
  expect(listeners).toEqual(["added", "removed"]);
});
