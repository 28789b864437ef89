/**
 * Goal: what the demo asks of the gateway's admin API says what came of it, also when it isn't done.
 * Method: a server in the gateway's place, on a real socket.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { GatewayAdmin } from "./gateway-admin.ts";

let gateway: Server;
let admin: GatewayAdmin;
/** Whether an order to start is obeyed. */
let isObedient: boolean;
let status: "working" | "stopped";
let orders: number;

beforeEach(async () => {
  isObedient = true;
  status = "stopped";
  orders = 0;
  gateway = createServer((request, response) => {
    if (request.method === "POST") orders += 1;
    if (request.method === "POST" && isObedient) status = "working";
    response.writeHead(request.method === "GET" || isObedient ? 200 : 500, { "content-type": "application/json" });
    response.end(JSON.stringify({ accounts: [{ channel: "line", account: "default", status }] }));
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  admin = new GatewayAdmin({ url: () => url, clock: manualClock(), random: seededRandom(1) });
});

afterEach(() => {
  gateway.closeAllConnections();
  gateway.close();
});

test("a stopped account is started", async () => {
  expect(await admin.startStoppedAccounts()).toEqual({ kind: "done" });
  expect(orders).toBe(1);
});

test("where none is stopped nothing is ordered", async () => {
  status = "working";
  expect(await admin.startStoppedAccounts()).toEqual({ kind: "done" });
  expect(orders).toBe(0);
});

test("an account that stays stopped is not called started", async () => {
  isObedient = false;
  expect(await admin.startStoppedAccounts()).toEqual({ kind: "refused", why: "an account is still stopped" });
});
