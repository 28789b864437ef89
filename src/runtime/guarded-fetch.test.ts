/**
 * Goal: a URL from a message reaches public addresses only (no SSRF), and no more than the limit is read.
 * Method: the rule for addresses as a table; a real HTTPS server on loopback, with a certificate made for the test.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { guardedFetch, isPublic } from "./guarded-fetch.ts";

test.each([
  "127.0.0.1",
  "10.1.2.3",
  "172.31.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "100.100.100.200",
  "168.63.129.16",
  "0.0.0.0",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "64:ff9b::a9fe:a9fe",
  "fe80::1",
  "fc00::1",
  "fd00:ec2::254",
  "ff02::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "2001::1",
  "localhost",
  "",
])("%j is not on the internet", (address) => {
  expect(isPublic(address)).toBe(false);
});

test.each(["8.8.8.8", "147.92.150.194", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2404:6800:4004::1"])(
  "%j is on the internet",
  (address) => {
    expect(isPublic(address)).toBe(true);
  },
);

const LIMITS = { bytesMax: 1_000, timeoutMs: 10_000 };

describe("an address that is not called", () => {
  const client = guardedFetch({ clock: systemClock() });
  afterAll(() => client.close());

  test.each<[string, RegExp]>([
    ["http://example.com/a.png", /only https/],
    ["file:///etc/passwd", /only https/],
    ["https://user:pass@example.com/", /user in it/],
    ["https://example.com:8443/", /only port 443/],
    ["nothing", /not an address/],
    ["https://127.0.0.1/", /not on the internet/],
    ["https://[::1]/", /not on the internet/],
    ["https://2130706433/", /not on the internet/],
    ["https://0x7f.1/", /not on the internet/],
    ["https://localhost/", /localhost is at .*, which is not on the internet/],
  ])("%s", async (url, reason) => {
    expect(await client.get(url, LIMITS)).toEqual({ kind: "forbidden", reason: expect.stringMatching(reason) });
  });
});

const hasOpenssl = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)("an answer (needs the openssl command)", () => {
  let folder: string;
  let server: Server;
  let client: ReturnType<typeof guardedFetch>;
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "turnpike-tls-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
    execFileSync("openssl", [...args, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
    const ca = readFileSync(cert, "utf8");
    server = createServer({ key: readFileSync(key), cert: ca }, (request, response) => {
      if (request.url === "/moved") response.writeHead(302, { location: "https://localhost/" }).end();
      else if (request.url === "/gone") response.writeHead(404).end();
      else if (request.url === "/never") return;
      else if (request.url === "/cut") request.socket.destroy();
      else response.writeHead(200, { "content-type": "image/png" }).end("x".repeat(Number(request.url?.slice(1))));
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const { port } = server.address() as AddressInfo;
    url = `https://localhost:${port}`;
    client = guardedFetch({ clock: systemClock(), trust: { isPublic: () => true, port, ca } });
  });
  afterAll(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  test("up to the limit is read, and one byte more is not", async () => {
    const fetched = await client.get(`${url}/1000`, LIMITS);
    expect(fetched).toMatchObject({ kind: "fetched", contentType: "image/png" });
    expect(fetched.kind === "fetched" && fetched.bytes.length).toBe(1_000);
    expect(await client.get(`${url}/1001`, LIMITS)).toMatchObject({ kind: "too-big" });
  });

  test("that leads elsewhere is not followed", async () => {
    expect(await client.get(`${url}/moved`, LIMITS)).toMatchObject({
      kind: "forbidden",
      reason: expect.stringMatching(/redirect/),
    });
  });

  test("that is an error, is cut or doesn't come is a failure", async () => {
    expect(await client.get(`${url}/gone`, LIMITS)).toEqual({ kind: "failed", reason: "the answer was 404" });
    expect(await client.get(`${url}/cut`, LIMITS)).toMatchObject({ kind: "failed" });
    const late = await client.get(`${url}/never`, { ...LIMITS, timeoutMs: 50 });
    expect(late).toEqual({ kind: "failed", reason: "no answer within 50 ms" });
  });
});
