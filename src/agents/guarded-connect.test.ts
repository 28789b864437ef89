/**
 * Goal: no turn is ever sent to a cloud's metadata service, however its address is written or resolved.
 * Method: the connector itself; names are resolved by the system's own lookup, which takes odd spellings of an address
 * without asking any server.
 */

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ForbiddenAddress, guardedConnect, isForbidden } from "./guarded-connect.ts";

describe("an address", () => {
  test.each([
    "169.254.169.254",
    "fe80::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "224.0.0.1",
    "2001:db8::1",
  ])("%s is refused", (address) => {
    expect(isForbidden(address)).toBe(true);
  });

  test.each(["127.0.0.1", "::1", "0.0.0.0", "10.0.0.1", "100.64.0.1", "fd00::1", "93.184.216.34", "64:ff9b::808:808"])(
    "%s is allowed",
    (address) => {
      expect(isForbidden(address)).toBe(false);
    },
  );

  test.each(["localhost", "metadata.google.internal", "", "169.254.169.254.nip.example"])(
    "%j is a name, and judged when it is looked up",
    (name) => {
      expect(isForbidden(name)).toBe(false);
    },
  );
});

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listening(host: string): Promise<number> {
  const server = createServer((socket) => sockets.push(socket));
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function connectTo(hostname: string, port: number): Promise<Error | Socket> {
  const connect = guardedConnect(30_000);
  return new Promise((resolve) => {
    connect({ hostname, host: hostname, port: String(port), protocol: "http:" }, (error, socket) => {
      if (error === null && socket !== null) {
        sockets.push(socket);
        resolve(socket);
      } else {
        resolve(error ?? new Error("neither socket nor error"));
      }
    });
  });
}

describe("a connection", () => {
  test.each(["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "192.0.0.192", "[fd20:ce::254]"])(
    "to %s is refused before it is tried",
    async (hostname) => {
      const refused = await connectTo(hostname, 80);
      expect(refused).toBeInstanceOf(ForbiddenAddress);
      expect((refused as Error).message).toContain(hostname);
    },
  );

  // Numbers that the system's lookup reads as 169.254.169.254, as it would find it behind a name.
  test.each(["2852039166", "0xa9fea9fe", "169.254.43518", "0251.0376.0251.0376"])(
    "to a name that resolves there, like %s, is refused",
    async (hostname) => {
      const refused = await connectTo(hostname, 80);
      expect(refused).toBeInstanceOf(ForbiddenAddress);
      expect((refused as Error).message).toBe(`${hostname} is at 169.254.169.254, which no agent may have`);
    },
  );

  test.each(["127.0.0.1", "localhost"])("to %s is made", async (hostname) => {
    const port = await listening("127.0.0.1");
    const socket = await connectTo(hostname, port);
    expect(socket).not.toBeInstanceOf(Error);
  });

  // A reserved name: no DNS query is needed.
  test("to an unknown host fails with its own error", async () => {
    expect(await connectTo("no..body", 80)).toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    });
  });
});
