/**
 * Goal: the console's files and pages are served, and nothing else of the disk; a page is never old, a hashed file is kept.
 * Method: a whole gateway in front of a folder as a build leaves it; paths as attackers write them, over a real socket, too.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, expect, test } from "vitest";
import { assembleGateway } from "../../../test/support/assembled-gateway.ts";
import type { GatewayOptions } from "../../gateway.ts";
import { listen } from "../server.ts";

const root = mkdtempSync(join(tmpdir(), "turnpike-console-"));
const folder = join(root, "console");
mkdirSync(join(folder, "assets"), { recursive: true });
const FILES = {
  "index.html": "<!doctype html><title>the page</title>",
  "index.html.br": "the page in br",
  "assets/index-DfE3k2a1.js": "the script",
  "assets/index-DfE3k2a1.js.br": "the script in br",
  "assets/index-DfE3k2a1.js.gz": "the script in gzip",
  "assets/plain-B2c_-4x9.css": "the style",
  "licences.txt": "the licences",
  "accounts.html": "no page",
  "assets/large-Q1w2E3r4.js": "0123456789".repeat(20_000),
  "assets/empty-Q1w2E3r4.css": "",
};
for (const [path, content] of Object.entries(FILES)) writeFileSync(join(folder, path), content);
writeFileSync(join(root, "secret.txt"), "a secret beside it");
symlinkSync(join(root, "secret.txt"), join(folder, "assets", "linked.txt"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const TOKEN = { adminToken: "the-token" };

function serving(settings: Partial<GatewayOptions> = {}) {
  const whole = assembleGateway({ settings: { consoleFolder: folder, ...settings } });
  ends.push(whole.end);
  const get = (path: string, headers: Readonly<Record<string, string>> = {}, init: RequestInit = {}) =>
    whole.gateway.adminFetch(new Request(`http://localhost:8081${path}`, { headers, ...init }));
  return { ...whole, get };
}

test("every page is index.html, never stored, without a token", async () => {
  const { get } = serving(TOKEN);
  const pages = [
    "/",
    "/overview?window=1h",
    "/c/conv_1?turn=turn_2",
    "/t/turn_1",
    "/d/dlv_1",
    "/needs-you",
    "/sign-in",
  ];
  for (const path of pages) {
    const response = await get(path);
    expect([response.status, await response.text()], path).toEqual([200, FILES["index.html"]]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("trusted-types 'none'");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("a sign-in page redirects nowhere, whatever its next is", async () => {
  const { get } = serving(TOKEN);
  for (const next of ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)"]) {
    const response = await get(`/sign-in?next=${encodeURIComponent(next)}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("location")).toBeNull();
    expect(await response.text()).not.toContain("evil");
  }
});

test("a hashed file is kept for ever, another one is asked for each time", async () => {
  const { get } = serving(TOKEN);
  const cached = async (path: string) => (await get(path)).headers.get("cache-control");
  expect(await cached("/assets/index-DfE3k2a1.js")).toBe("public, max-age=31536000, immutable");
  expect(await cached("/assets/plain-B2c_-4x9.css")).toBe("public, max-age=31536000, immutable");
  expect(await cached("/licences.txt")).toBe("no-cache");
  const script = await get("/assets/index-DfE3k2a1.js");
  expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect((await get("/assets/index-DfE3k2a1.js", {}, { method: "HEAD" })).headers.get("content-length")).toBe("10");
});

test.each([
  ["br, gzip", "br"],
  ["gzip, deflate, br, zstd", "br"],
  ["gzip", "gzip"],
  ["GZIP;q=0.5", "gzip"],
  ["br;q=0, gzip", "gzip"],
  ["br;q=0, *", "gzip"],
  ["*", "br"],
  ["deflate", null],
  ["br;q=0, gzip;q=0.0", null],
  ["br;q=x", null],
  ["", null],
])("Accept-Encoding: %s gets %s", async (accepts, encoding) => {
  const { get } = serving();
  const response = await get("/assets/index-DfE3k2a1.js", { "accept-encoding": accepts });
  expect(response.headers.get("content-encoding")).toBe(encoding);
  expect(response.headers.get("vary")).toBe("accept-encoding");
  const words = `the script${encoding === null ? "" : ` in ${encoding}`}`;
  expect(await response.text()).toBe(words);
  expect(response.headers.get("content-length")).toBe(String(words.length));
});

test("regression: clients that read slowly share the file in memory, and get it whole", async () => {
  const { get } = serving(TOKEN);
  const readers = [];
  for (let n = 0; n < 2; n++) {
    const { body } = await get("/assets/large-Q1w2E3r4.js");
    readers.push((body as ReadableStream<Uint8Array>).getReader());
  }
  const [one, another] = await Promise.all(readers.map(async (reader) => (await reader.read()).value));
  expect(one?.length).toBe(64 * 1024);
  expect(one?.buffer).toBe(another?.buffer);
  await Promise.all(readers.map((reader) => reader.cancel()));
  for (const path of ["assets/large-Q1w2E3r4.js", "assets/empty-Q1w2E3r4.css"] as const) {
    expect(await (await get(`/${path}`)).text()).toBe(FILES[path]);
  }
});

test("no path leads out of the folder, to a link in it, to an encoding or to a file that isn't there", async () => {
  const { get } = serving();
  const paths = [
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/..%252fsecret.txt",
    "/assets/linked.txt",
    "/assets/index-DfE3k2a1.js.br",
    "/assets/index-DfE3k2a1.js%00",
    "/assets/",
    "/assets",
    "/console/index.html/x",
    "//secret.txt",
    "/constructor",
    "/__proto__",
  ];
  for (const path of paths) {
    const response = await get(path);
    expect(response.status, path).toBe(404);
    expect(await response.text(), path).not.toContain("a secret");
  }
});

test("nor over a socket, where nothing has tidied the path", async () => {
  const { gateway } = serving();
  const port = await listen(gateway.adminFetch, { host: "127.0.0.1", port: 0 });
  ends.push(() => port.close());
  const { port: number } = new URL(port.url);
  for (const path of ["/../secret.txt", "/assets/../../secret.txt", "/assets/..\\..\\secret.txt", "//../secret.txt"]) {
    const socket = connect(Number(number), "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${number}\r\nConnection: close\r\n\r\n`);
    const answer = await text(socket);
    expect(answer, path).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer, path).not.toContain("a secret");
  }
});

test("Host and origin are checked for them, too, and a link from elsewhere is followed", async () => {
  const { gateway, get } = serving();
  for (const path of ["/", "/assets/index-DfE3k2a1.js"]) {
    for (const host of ["evil.test", "127.0.0.1.evil.test", "10.0.0.5:8081"]) {
      expect((await gateway.adminFetch(new Request(`http://${host}${path}`))).status, host).toBe(403);
    }
    expect((await get(path, { origin: "https://evil.test" })).status).toBe(403);
    expect((await get(path, { "sec-fetch-site": "cross-site", "sec-fetch-dest": "script" })).status).toBe(403);
  }
  const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  expect((await get("/c/conv_1", { ...link, "sec-fetch-dest": "document" })).status).toBe(200);
  expect((await get("/c/conv_1", { ...link, "sec-fetch-dest": "iframe" })).status).toBe(403);
});

test("only reads are answered, and the API and the metrics stay behind the token", async () => {
  const { get } = serving(TOKEN);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    expect((await get("/overview", {}, { method })).status, method).toBe(401);
  }
  for (const path of ["/api/overview", "/api", "/metrics", "/nothing", "/assets/old-DfE3k2a2.js"]) {
    expect((await get(path)).status, path).toBe(401);
  }
});

test("without the folder, or without a page in it, there is no console", async () => {
  for (const missing of [join(root, "nowhere"), join(folder, "assets")]) {
    const { get } = serving({ consoleFolder: missing });
    expect((await get("/")).status).toBe(404);
    expect((await get("/overview")).status).toBe(404);
    expect((await get("/index-DfE3k2a1.js")).status).toBe(404);
    expect((await get("/api/overview")).status).toBe(200);
  }
});
