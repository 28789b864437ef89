/**
 * Goal: a call is made once, to the byte, and its phase is never guessed: a failure before the request left is
 * certain, one after it is unknown.
 * Method: real loopback sockets. The simulator is on the other side, or a bare server with faulty answers.
 */
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { Clock } from "../../runtime/clock.ts";
import { startLine } from "../../simulator/server.ts";
import type { LineOptions } from "./config.ts";
import { line } from "./index.ts";
import { buildCall } from "./send.ts";

const SECRET = "0123456789abcdef";
const ACCESS_TOKEN = "long-lived-access-token";
const delivery = { deliveryId: "dlv_1", peerId: "Uann", messages: [{ type: "text", text: "hello ☃" }] };
const push = buildCall(delivery, { route: "push", token: null });

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function channel(options: Partial<LineOptions>, clock?: Clock) {
  const made = line(
    { channelSecret: [SECRET], channelAccessToken: ACCESS_TOKEN, ...options },
    clock === undefined ? {} : { clock },
  );
  opened.push(() => made.close());
  return made;
}

async function simulated(clock = manualClock()) {
  const simulator = await startLine({
    line: { channelSecret: SECRET, channelAccessToken: ACCESS_TOKEN },
    clock,
    random: seededRandom(1),
  });
  opened.push(() => simulator.close());
  return { ...simulator, clock };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => new Promise((resolve) => server.close(resolve)));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("the request", () => {
  test("of a reply has its token and no retry key, which LINE would refuse", () => {
    expect(buildCall(delivery, { route: "reply", token: "t1" })).toEqual({
      path: "/v2/bot/message/reply",
      body: '{"replyToken":"t1","messages":[{"type":"text","text":"hello ☃"}]}',
      retryKey: null,
    });
  });

  test("of a push goes to the peer with a retry key", () => {
    expect(push).toEqual({
      path: "/v2/bot/message/push",
      body: '{"to":"Uann","messages":[{"type":"text","text":"hello ☃"}]}',
      retryKey: expect.any(String),
    });
  });

  test("has a retry key that is a hexadecimal UUID whatever the delivery's id, and always the same", () => {
    const key = (deliveryId: string) => buildCall({ ...delivery, deliveryId }, { route: "push", token: null }).retryKey;
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(key(a)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(key(a) === key(b)).toBe(a === b);
      }),
    );
    // Written down: an upgrade that changed it would send a second copy.
    expect(key("dlv_1")).toBe("ec1198c7-4307-5556-8acd-b76be9c942ce");
  });

  test("on a route that LINE doesn't have fails an assertion", () => {
    expect(() => buildCall(delivery, { route: "session", token: null })).toThrow("LINE has no route session");
    expect(() => buildCall(delivery, { route: "reply", token: null })).toThrow("a reply needs a reply token");
  });
});

describe("against the simulator", () => {
  test("a reply is shown, and the report has the request id", async () => {
    const { line: sim, url } = await simulated();
    const { replyToken } = await sim.person("Uann").says("hi", { lost: true });
    await sim.redeliver(sim.webhooks[0]?.eventIds[0] ?? "");
    const report = await channel({ apiBaseUrl: url }).send(
      buildCall(delivery, { route: "reply", token: replyToken }),
      "reply",
    );
    const [bubble] = sim.seenBy("Uann");
    expect(bubble).toMatchObject({ text: "hello ☃", route: "reply", replyToken });
    expect(report).toMatchObject({
      outcome: { kind: "sent", evidence: "accepted", platformMessageIds: [bubble?.messageId] },
      status: 200,
      requestId: bubble?.requestId,
      acceptedRequestId: null,
    });
  });

  test("a second push with the same retry key is accepted as a repeat", async () => {
    const { line: sim, url } = await simulated();
    const made = channel({ apiBaseUrl: url });
    const first = await made.send(push, "push");
    const second = await made.send(push, "push");
    expect(second).toMatchObject({
      outcome: { kind: "sent", evidence: "retry-key" },
      status: 409,
      acceptedRequestId: first.requestId,
    });
    expect(second.outcome).toMatchObject({ platformMessageIds: [sim.seenBy("Uann")[0]?.messageId] });
    expect(sim.seenBy("Uann")).toHaveLength(1);
  });

  test("a refusal has LINE's message and not the person's", async () => {
    const { url } = await simulated();
    const call = buildCall({ ...delivery, messages: [{ type: "text", text: "" }] }, { route: "push", token: null });
    expect((await channel({ apiBaseUrl: url }).send(call, "push")).outcome).toEqual({
      kind: "refused",
      reason: "400: The request body has 1 error(s): messages[0].text: May not be empty",
      messages: [0],
    });
  });

  test("a wrong access token stops the account and isn't repeated in the report", async () => {
    const { url } = await simulated();
    const report = await channel({ apiBaseUrl: url, channelAccessToken: "wrong-token" }).send(push, "push");
    expect(report).toMatchObject({ outcome: { kind: "account-stopped" }, status: 401 });
    expect(JSON.stringify(report)).not.toContain("wrong-token");
  });

  test("a 500 before LINE accepted the message is unknown, and the call is made once", async () => {
    const { line: sim, url } = await simulated();
    sim.faults.next("push", { at: "before-accept", how: 500 });
    expect((await channel({ apiBaseUrl: url }).send(push, "push")).outcome.kind).toBe("unknown");
    expect(sim.calls).toHaveLength(1);
  });

  test.each(["before-accept", "after-accept"] as const)(
    "a connection cut %s is unknown, and the call is made once",
    async (at) => {
      const { line: sim, url } = await simulated();
      sim.faults.next("push", { at, how: "disconnect" });
      expect(await channel({ apiBaseUrl: url }).send(push, "push")).toMatchObject({
        outcome: { kind: "unknown" },
        status: null,
        requestId: null,
      });
      expect(sim.calls).toHaveLength(1);
      expect(sim.seenBy("Uann")).toHaveLength(at === "after-accept" ? 1 : 0);
    },
  );

  test("a timeout is unknown", async () => {
    const { line: sim, url } = await simulated();
    const clock = manualClock();
    sim.faults.next("push", { at: "slow", delayMs: 60_000 });
    const sending = channel({ apiBaseUrl: url, sendTimeoutMs: 10_000 }, clock).send(push, "push");
    await vi.waitFor(() => expect(sim.seenBy("Uann")).toHaveLength(1), 20_000);
    await clock.advance(9_999);
    expect(clock.nextIn()).toBe(1);
    await clock.advance(1);
    expect((await sending).outcome).toEqual({ kind: "unknown", reason: "no answer within 10000 ms" });
    expect(clock.nextIn()).toBeNull();
  });

  test("regression: a hanging call doesn't block others", async () => {
    const { line: sim, url } = await simulated();
    const made = channel({ apiBaseUrl: url });
    sim.faults.next("push", { at: "slow", delayMs: 60_000 });
    const hung = made.send(push, "push");
    await vi.waitFor(() => expect(sim.calls).toHaveLength(1), 20_000);
    const other = buildCall({ ...delivery, deliveryId: "dlv_2" }, { route: "push", token: null });
    expect((await made.send(other, "push")).outcome.kind).toBe("sent");
    await made.close();
    expect((await hung).outcome.kind).toBe("unknown");
  });

  test("a call after close is not-sent", async () => {
    const { line: sim, url } = await simulated();
    const made = channel({ apiBaseUrl: url });
    await made.close();
    expect((await made.send(push, "push")).outcome.kind).toBe("retry");
    expect(sim.calls).toEqual([]);
  });
});

describe("no byte of the request left", () => {
  test("when the connection is refused", async () => {
    const server = createTcpServer();
    const address = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    const report = await channel({ apiBaseUrl: `http://${address}` }).send(push, "push");
    expect(report.outcome).toMatchObject({ kind: "retry", reason: expect.stringContaining("ECONNREFUSED") });
  });

  test("when the other side doesn't speak TLS", async () => {
    const { line: sim, url } = await simulated();
    const report = await channel({ apiBaseUrl: url.replace("http:", "https:") }).send(push, "push");
    expect(report.outcome.kind).toBe("retry");
    expect(sim.calls).toEqual([]);
  });

  test("when the connection doesn't open in time", async () => {
    // It takes the connection and never answers the TLS greeting.
    const silent = createTcpServer((socket) => opened.push(() => socket.destroy()));
    const address = await listening(silent);
    const report = await channel({ apiBaseUrl: `https://${address}`, connectTimeoutMs: 100 }).send(push, "push");
    expect(report.outcome).toMatchObject({ kind: "retry", reason: expect.stringContaining("UND_ERR_CONNECT_TIMEOUT") });
  });
});

describe("a faulty server", () => {
  test("that breaks off a 2xx answer has accepted the message", async () => {
    const server = createHttpServer((_request, response) => {
      response.writeHead(200, { "content-length": "1000", "x-line-request-id": "r1" });
      response.write('{"sentMess', () => response.destroy());
    });
    const report = await channel({ apiBaseUrl: `http://${await listening(server)}` }).send(push, "push");
    expect(report).toMatchObject({ outcome: { kind: "sent" }, status: 200, response: null, requestId: "r1" });
  });

  test("that answers without end is cut off at the size limit", async () => {
    const server = createHttpServer((_request, response) => {
      response.writeHead(200).end("x".repeat(10_000_000));
      response.on("error", () => {});
    });
    const report = await channel({ apiBaseUrl: `http://${await listening(server)}` }).send(push, "push");
    expect(report).toMatchObject({ outcome: { kind: "sent" }, response: null });
  });

  test("that redirects is not followed", async () => {
    const paths: string[] = [];
    const server = createHttpServer((request, response) => {
      paths.push(request.url ?? "");
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    const report = await channel({ apiBaseUrl: `http://${await listening(server)}/base/` }).send(push, "push");
    expect(report.outcome.kind).toBe("retry");
    expect(paths).toEqual(["/base/v2/bot/message/push"]);
  });

  test("that sends Retry-After is respected", async () => {
    const server = createHttpServer((_request, response) => response.writeHead(429, { "retry-after": "7" }).end());
    const report = await channel({ apiBaseUrl: `http://${await listening(server)}` }).send(push, "push");
    expect(report.outcome).toMatchObject({ kind: "rate-limited", retryAfterMs: 7_000 });
  });
});

test("connections are kept for the next call", async () => {
  let connections = 0;
  const server = createHttpServer((_request, response) => response.end("{}"));
  server.on("connection", () => {
    connections += 1;
  });
  const made = channel({ apiBaseUrl: `http://${await listening(server)}` });
  for (let i = 0; i < 5; i += 1) await made.send(push, "push");
  // The first is returned to the pool a moment after its answer, so a second may be opened. Never five.
  expect(connections).toBeLessThanOrEqual(2);
});

describe("with fetched tokens", () => {
  const managed = async () => {
    const simulator = await startLine({
      line: { channelSecret: SECRET, channelAccessToken: "nobody knows it" },
      random: seededRandom(5),
    });
    opened.push(() => simulator.close());
    const { line: platform, url } = simulator;
    const made = line({ channelSecret: [SECRET], channelId: "1234567890", apiBaseUrl: url });
    opened.push(() => made.close());
    return { platform, url, made, kindOf: async () => (await made.send(push, "push")).outcome.kind };
  };

  test("a refused token is replaced, and the call is retried", async () => {
    const { platform, kindOf } = await managed();
    expect(await kindOf()).toBe("sent");
    platform.revokeTokens();
    expect(await kindOf()).toBe("retry");
    expect(await kindOf()).toBe("sent");
  });

  test("a new token that is refused stops the account", async () => {
    const { platform, kindOf } = await managed();
    platform.faults.next("push", { at: "before-accept", how: 401 });
    expect(await kindOf()).toBe("account-stopped");
  });

  test.each([
    ["to a call", "/push", 0, 1],
    ["to a fetch of the token", "/token", 1, 3],
  ])("a proxy's 401 or 403 %s decides nothing about token and account", async (_, path, pauseMs, fetches) => {
    const clock = manualClock();
    const refusals = [401, 403];
    const paths: string[] = [];
    const server = createHttpServer((request, response) => {
      paths.push(request.url ?? "");
      const refusal = request.url?.endsWith(path) === true ? refusals.shift() : undefined;
      if (refusal !== undefined) response.writeHead(refusal).end("Forbidden");
      else response.end(JSON.stringify({ access_token: "t", expires_in: 900, sentMessages: [] }));
    });
    const managing = { channelId: "1234567890", apiBaseUrl: `http://${await listening(server)}` };
    const made = line({ channelSecret: [SECRET], ...managing }, { clock });
    opened.push(() => made.close());
    for (const kind of ["retry", "retry", "sent"]) {
      expect((await made.send(push, "push")).outcome.kind).toBe(kind);
      await clock.advance(pauseMs * 1_000);
    }
    expect(paths.filter((one) => one.endsWith("/token"))).toHaveLength(fetches);
  });

  test("without a token nothing is sent: retried during an outage, stopped when the credentials are refused", async () => {
    const { platform, url, made, kindOf } = await managed();
    platform.faults.next("token", { at: "before-accept", how: 500 });
    expect(await kindOf()).toBe("retry");
    expect(platform.calls.filter(({ path }) => path.includes("push"))).toEqual([]);
    const stranger = line({ channelSecret: ["another"], channelId: "1234567890", apiBaseUrl: url });
    opened.push(() => stranger.close());
    expect((await stranger.send(push, "push")).outcome.kind).toBe("account-stopped");
    expect(made.callLimitMs).toBe(2 * (3_000 + 10_000));
  });
});
