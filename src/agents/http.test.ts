/**
 * Goal: the outcome of each answer is the documented one (docs/agents.md).
 * Method: real servers on loopback; the signature is checked by the library that bot authors use.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { sampleTurn } from "../../test/support/sample-turn.ts";
import { Misconfigured } from "../core/errors.ts";
import type { Agent, AgentOutcome } from "./agent.ts";
import { type HttpAgentOptions, httpAgent, retryAfterMs } from "./http.ts";
import { toWireTurn } from "./protocol.ts";

const SECRET = `whsec_${Buffer.from("a secret of some length").toString("base64")}`;

interface ReceivedRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const arrived: ReceivedRequest[] = [];
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  arrived.length = 0;
  for (const end of ends.splice(0)) await end();
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

async function bot(answer: Answer): Promise<string> {
  const server: Server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    arrived.push({ method: request.method, path: request.url, headers, body: Buffer.concat(chunks).toString("utf8") });
    answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/turns?tenant=1`;
}

function agentAt(url: string, options: Partial<HttpAgentOptions> = {}): Agent {
  const agent = httpAgent({ url, ...options });
  ends.push(() => agent.close());
  return agent;
}

async function outcomeOf(answer: Answer, options: Partial<HttpAgentOptions> = {}): Promise<AgentOutcome> {
  const { signal } = new AbortController();
  return agentAt(await bot(answer), options).invoke(sampleTurn(), signal);
}

const says = (status: number, body = "", headers: Record<string, string> = {}): Answer => {
  return (response) => response.writeHead(status, headers).end(body);
};

describe("two secrets", () => {
  test("both sign during a rotation, and a bot with either verifies the request", async () => {
    const newer = `whsec_${Buffer.from("another secret of some length").toString("base64")}`;
    await outcomeOf(says(204), { secret: [newer, SECRET], clock: manualClock(Date.now()) });
    const { body = "", headers = {} } = arrived[0] ?? {};
    for (const secret of [newer, SECRET]) expect(new Webhook(secret).verify(body, headers)).toBeDefined();
    const stranger = `whsec_${Buffer.from("a third secret of some length").toString("base64")}`;
    expect(() => new Webhook(stranger).verify(body, headers)).toThrow();
  });
});

describe("the request", () => {
  test("is a POST of the turn to the configured URL, query included", async () => {
    await outcomeOf(says(204));
    expect(arrived).toHaveLength(1);
    expect(arrived[0]).toMatchObject({ method: "POST", path: "/turns?tenant=1" });
    expect(arrived[0]?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(arrived[0]?.body ?? "")).toEqual(JSON.parse(JSON.stringify(toWireTurn(sampleTurn()))));
  });

  test("has a Standard Webhooks signature with the turn's id, which the library verifies", async () => {
    await outcomeOf(says(204), { secret: SECRET });
    const { body = "", headers = {} } = arrived[0] ?? {};
    expect(headers["webhook-id"]).toBe("turn_1");
    expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({ turnId: "turn_1" });
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow();
    expect(() => new Webhook(`whsec_${Buffer.from("another").toString("base64")}`).verify(body, headers)).toThrow();
  });

  test("is signed with the time of the gateway's clock", async () => {
    const clock = manualClock();
    await outcomeOf(says(204), { secret: SECRET, clock });
    expect(arrived[0]?.headers["webhook-timestamp"]).toBe(String(clock.now() / 1_000));
  });

  test("is signed with the system's time, also while a step of its clock isn't believed yet", async () => {
    const clock = { ...manualClock(), doubtedMs: () => 7_200_000 };
    await outcomeOf(says(204), { secret: SECRET, clock });
    expect(arrived[0]?.headers["webhook-timestamp"]).toBe(String(clock.now() / 1_000 + 7_200));
  });

  test("without a secret has no signature", async () => {
    await outcomeOf(says(204));
    expect(Object.keys(arrived[0]?.headers ?? {}).filter((name) => name.startsWith("webhook-"))).toEqual([]);
  });
});

const failed = (reason: string | RegExp, retryAfter = 0) => ({
  kind: "failed",
  reason: expect.stringMatching(reason),
  retryAfterMs: retryAfter,
});

describe("the answer", () => {
  test("200 with replies ends the turn", async () => {
    const outcome = await outcomeOf(says(200, '{"replies":["hi ☃",{"type":"text","text":"there"}]}'));
    expect(outcome).toEqual({
      kind: "answered",
      replies: [
        { type: "text", text: "hi ☃" },
        { type: "text", text: "there" },
      ],
    });
  });

  test("200 is read with any content type, because small servers set none", async () => {
    expect(await outcomeOf(says(200, '{"replies":[]}', { "content-type": "text/html" }))).toEqual({
      kind: "answered",
      replies: [],
    });
  });

  test("204 ends the turn without an answer, 202 means later", async () => {
    expect(await outcomeOf(says(204))).toEqual({ kind: "answered", replies: [] });
    expect(await outcomeOf(says(202, '{"replies":["ignored"]}'))).toEqual({ kind: "accepted" });
  });

  test.each(["", "OK", "{}", '{"reply":"hi"}', '{"replies":"hi"}'])(
    "200 with %j can't be read: the turn is dead, because asked again it would say the same",
    async (body) => {
      expect(await outcomeOf(says(200, body))).toEqual({
        kind: "rejected",
        reason: expect.stringMatching(/^the agent's answer can't be read: /),
      });
    },
  );

  test("201 with replies is read as 200", async () => {
    const replies = [{ type: "text", text: "hi" }];
    expect(await outcomeOf(says(201, '{"replies":["hi"]}'))).toEqual({ kind: "answered", replies });
  });

  test("a proxy's 100 Continue before it is skipped", async () => {
    const answer: Answer = (response, request) => {
      response.writeContinue();
      says(204)(response, request);
    };
    expect(await outcomeOf(answer)).toEqual({ kind: "answered", replies: [] });
  });

  test("it is asked for without compression", async () => {
    let asked: unknown;
    await outcomeOf((response) => {
      asked = response.req.headers["accept-encoding"];
      response.writeHead(204).end();
    });
    expect(asked).toBe("identity");
  });

  test("200 that breaks off is retried", async () => {
    const outcome = await outcomeOf((response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"replies":', () => response.destroy());
    });
    expect(outcome).toEqual(failed(/^the agent can't be reached: /));
  });

  test("200 may be 2 MiB long and not a byte longer, and the rest isn't read", async () => {
    const limit = 2 * 1024 * 1024;
    const around = '{"replies":[""]}'.length;
    const body = (length: number) => JSON.stringify({ replies: ["x".repeat(length - around)] });
    expect((await outcomeOf(says(200, body(limit)))).kind).toBe("answered");
    expect(await outcomeOf(says(200, body(limit + 1)))).toMatchObject({
      kind: "rejected",
      reason: expect.stringContaining(`longer than ${limit} bytes`),
    });

    let isClosed = false;
    const endless = await outcomeOf((response) => {
      response.once("close", () => {
        isClosed = true;
      });
      const pour = () => {
        while (!response.destroyed && response.write("x".repeat(64 * 1024)));
      };
      response.on("drain", pour).writeHead(200);
      pour();
    });
    expect(endless).toEqual({ kind: "rejected", reason: expect.stringContaining(`longer than ${limit} bytes`) });
    await expect.poll(() => isClosed).toBe(true);
  });

  test.each([400, 409, 410, 413, 415, 422])("%i refuses the turn for good", async (status) => {
    expect(await outcomeOf(says(status))).toEqual({ kind: "rejected", reason: `the agent answered ${status}` });
  });

  test.each([401, 403, 404, 405, 408, 429, 451, 500, 501, 502, 503, 504, 599])("%i is retried", async (status) => {
    expect(await outcomeOf(says(status))).toEqual(failed(`^the agent answered ${status}$`));
  });

  test.each([205, 206])("%i is undocumented and retried", async (status) => {
    expect(await outcomeOf(says(status))).toEqual(failed(`^the agent answered ${status}$`));
  });

  test("429 and 503 may have Retry-After", async () => {
    expect(await outcomeOf(says(429, "", { "retry-after": "7" }))).toEqual(failed("429", 7_000));
    expect(await outcomeOf(says(503, "", { "retry-after": "7" }))).toEqual(failed("503", 7_000));
    const clock = manualClock();
    const date = new Date(clock.now() + 90_000).toUTCString();
    expect(await outcomeOf(says(503, "", { "retry-after": date }), { clock })).toEqual(failed("503", 90_000));
  });

  test.each([301, 302, 303, 307, 308])(
    "%i is not followed: a turn goes to the configured address only",
    async (status) => {
      let strangers = 0;
      const elsewhere = await bot((response) => {
        strangers += 1;
        response.end('{"replies":["from elsewhere"]}');
      });
      expect(await outcomeOf(says(status, "", { location: elsewhere }))).toEqual(
        failed(`^the agent answered ${status}$`),
      );
      expect(strangers).toBe(0);
    },
  );
});

describe("when there is no answer", () => {
  test("an aborted signal ends the call and closes the connection", async () => {
    const stop = new AbortController();
    let isClosed = false;
    const url = await bot((response) => {
      response.once("close", () => {
        isClosed = true;
      });
    });
    const outcome = agentAt(url).invoke(sampleTurn(), stop.signal);
    await expect.poll(() => arrived.length).toBe(1);
    stop.abort();
    expect(await outcome).toMatchObject({ kind: "failed" });
    await expect.poll(() => isClosed).toBe(true);
  });

  test("an aborted signal ends the reading of a slow answer", async () => {
    const stop = new AbortController();
    const url = await bot((response) => {
      response.writeHead(200).write('{"replies":', () => stop.abort());
    });
    expect(await agentAt(url).invoke(sampleTurn(), stop.signal)).toMatchObject({ kind: "failed" });
  });

  test("a refused connection, an unknown host and a broken connection are retried", async () => {
    const { signal } = new AbortController();
    const url = await bot((response) => response.destroy());
    const unreachable = failed(/^the agent can't be reached: /);
    expect(await agentAt(url).invoke(sampleTurn(), signal)).toEqual(unreachable);
    for (const end of ends.splice(0)) await end();
    expect(await agentAt(url).invoke(sampleTurn(), signal)).toEqual(unreachable);
    expect(await agentAt("http://no..body/").invoke(sampleTurn(), signal)).toEqual(unreachable);
  });

  test("the next call after a broken connection works", async () => {
    const { signal } = new AbortController();
    let calls = 0;
    const agent = agentAt(
      await bot((response) => {
        calls += 1;
        if (calls === 1) response.destroy();
        else response.writeHead(204).end();
      }),
    );
    expect((await agent.invoke(sampleTurn(), signal)).kind).toBe("failed");
    expect((await agent.invoke(sampleTurn(), signal)).kind).toBe("answered");
  });

  test("the HTTP client doesn't retry", async () => {
    await outcomeOf((response) => response.destroy());
    expect(arrived).toHaveLength(1);
  });

  test("a name that resolves to a metadata address is blocked", async () => {
    const { signal } = new AbortController();
    // The URL parser turns other spellings into the literal; this name only becomes it when looked up.
    expect(() => httpAgent({ url: "http://2852039166/" })).toThrow(Misconfigured);
    expect(await agentAt("http://localhost:1/").invoke(sampleTurn(), signal)).toMatchObject({ kind: "failed" });
  });
});

describe("the settings", () => {
  test.each(["", "turns", "/turns", "ftp://127.0.0.1/", "127.0.0.1:3000"])("%j is no valid URL", (url) => {
    expect(() => httpAgent({ url })).toThrow(Misconfigured);
    expect(() => httpAgent({ url })).toThrow(/absolute http or https URL/);
  });

  test.each([
    "http://169.254.169.254/",
    "http://[fe80::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://[fd20:ce::254]/",
    "http://[64:ff9b:1::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::1]/",
  ])("%s is refused at the start", (url) => {
    expect(() => httpAgent({ url })).toThrow(Misconfigured);
    expect(() => httpAgent({ url })).toThrow(/link-local, metadata or reserved/);
  });

  test.each(["whsec_!!", "swordfish!"])("a malformed secret is refused and not shown", (secret) => {
    expect(() => httpAgent({ url: "http://127.0.0.1/", secret })).toThrow(Misconfigured);
    expect(() => httpAgent({ url: "http://127.0.0.1/", secret })).not.toThrow(secret);
  });

  test("its name is the origin, without path, query and password", () => {
    expect(agentAt("http://user:pass@127.0.0.1:3000/turns?key=1").name).toBe("http://127.0.0.1:3000");
    expect(agentAt("http://127.0.0.1:3000/").isReachable()).toBe(true);
  });
});

test.each<[string | undefined, number]>([
  [undefined, 0],
  ["", 0],
  ["0", 0],
  [" 12 ", 12_000],
  ["soon", 0],
  ["-5", 0],
  ["1.5", 0],
  ["Sun, 22 Nov 2026 03:00:30 GMT", 30_000],
  ["Sun, 22 Nov 2026 02:00:00 GMT", 0],
])("Retry-After %j is %i ms", (header, ms) => {
  expect(retryAfterMs(header, Date.parse("2026-11-22T03:00:00Z"))).toBe(ms);
});
