/**
 * Goal: every webhook gets the right status, and 200 always means "committed".
 * Method: `gateway.fetch` without a socket, on a real SQLite store, with webhooks signed by the simulator.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "../../test/support/assembled-gateway.ts";

const MIB = 1024 * 1024;

let whole: AssembledGateway;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  whole = await started();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const made = assembleGateway(options);
  ends.push(made.end);
  await made.start();
  return made;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const event = {
  type: "message",
  mode: "active",
  timestamp: 1_790_000_000_000,
  source: { type: "user", userId: "Uann" },
  webhookEventId: "01K0000000000000000000000A",
  deliveryContext: { isRedelivery: false },
  replyToken: "0123456789abcdef0123456789abcdef",
  message: { id: "1", type: "text", text: "hi" },
};
const body = (events: readonly unknown[] = [event]) => bytes(JSON.stringify({ destination: "Ubot", events }));

interface Sent {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signed, unless a header of the test says otherwise. */
async function send(content: Uint8Array, { path = "/webhook/line", headers = {} }: Sent = {}) {
  const response = await whole.post(path, content, { ...whole.simulator.sign(content), ...headers });
  return { status: response.status, body: await response.json() };
}

const stored = () => whole.count("events_total", { outcome: "accepted" });

describe("200", () => {
  test("means stored, under both paths of the default account", async () => {
    expect(await send(body())).toEqual({ status: 200, body: { message: "OK" } });
    expect(await stored()).toBe(1);
    const other = { ...event, webhookEventId: "01K0000000000000000000000B", message: { ...event.message, id: "2" } };
    expect(await send(body([other]), { path: "/webhook/line/default" })).toMatchObject({ status: 200 });
    expect(await stored()).toBe(2);
  });

  test("goes to every event of a body, and to a body without any", async () => {
    const events = Array.from({ length: 100 }, (_, n) => ({
      ...event,
      webhookEventId: `01K${n}`,
      message: { ...event.message, id: `${n}` },
    }));
    expect(await send(body(events))).toMatchObject({ status: 200 });
    expect(await stored()).toBe(100);
    expect(await send(body([]))).toMatchObject({ status: 200 });
    expect(await stored()).toBe(100);
  });

  test("goes to a redelivery, which isn't stored again", async () => {
    await send(body());
    const copy = { ...event, deliveryContext: { isRedelivery: true } };
    expect(await send(body([copy]))).toMatchObject({ status: 200 });
    expect(await stored()).toBe(1);
    expect(await whole.count("events_total", { outcome: "duplicate" })).toBe(1);
    expect(whole.messages()).toContain("skip replying due to redelivery");
  });

  test("goes to the first copy that arrives, though LINE says that it sent it before, and means stored", async () => {
    expect(await send(body([{ ...event, deliveryContext: { isRedelivery: true } }]))).toMatchObject({ status: 200 });
    expect(await stored()).toBe(1);
  });

  test("goes to the console's test with a dummy token, which is stored nowhere", async () => {
    for (const replyToken of ["0".repeat(32), "f".repeat(32)]) {
      expect(await send(body([{ ...event, replyToken }]))).toMatchObject({ status: 200 });
    }
    expect(await stored()).toBe(0);
    expect(await whole.count("events_total", { outcome: "ignored" })).toBe(2);
  });

  test("goes to unknown event types and fields", async () => {
    expect(await send(body([{ type: "hologram", depth: 3 }, 7, null]))).toMatchObject({ status: 200 });
    expect(await stored()).toBe(3);
  });

  test("counts its time and its code", async () => {
    await send(body());
    expect(await whole.count("webhooks_total", { channel: "line", code: 200 })).toBe(1);
    const metrics = await (await whole.gateway.adminFetch(new Request("http://localhost/metrics"))).text();
    expect(metrics).toContain('turnpike_ack_seconds_count{channel="line"} 1');
  });
});

describe("401", () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ["no signature", { "x-line-signature": "" }],
    ["somebody else's", { "x-line-signature": `${"A".repeat(43)}=` }],
    ["half a signature", { "x-line-signature": "AAAA" }],
    ["no base64 at all", { "x-line-signature": "☃".normalize().charCodeAt(0).toString() }],
    ["a very long one", { "x-line-signature": "A".repeat(8_000) }],
  ])("goes to %s, and nothing is stored", async (_what, header) => {
    const response = await whole.post("/webhook/line", body(), { "content-type": "application/json", ...header });
    expect([response.status, await response.json()]).toEqual([401, { message: "the signature is missing or wrong" }]);
    expect(await stored()).toBe(0);
    expect(await whole.count("webhooks_total", { code: 401 })).toBe(1);
  });

  test("goes to a body with one changed byte", async () => {
    const signed = whole.simulator.sign(body());
    const changed = bytes(JSON.stringify({ destination: "Ubot", events: [{ ...event, timestamp: 1 }] }));
    expect((await whole.post("/webhook/line", changed, signed)).status).toBe(401);
  });

  test("comes before 400: a body without a valid signature is not parsed", async () => {
    const response = await whole.post("/webhook/line", bytes("{"), { "content-type": "application/json" });
    expect(response.status).toBe(401);
  });
});

describe("400", () => {
  test.each(["", "{", "hello", "[]", "null", '{"destination":"Ubot"}', '{"events":{}}'])(
    "goes to %j after a good signature",
    async (text) => {
      expect(await send(bytes(text))).toMatchObject({ status: 400 });
      expect(await stored()).toBe(0);
    },
  );

  test("doesn't quote the body, which may contain a person's message", async () => {
    const answer = await send(bytes('{"events": [ swordfish'));
    expect(answer.status).toBe(400);
    expect(JSON.stringify([answer.body, whole.lines])).not.toContain("swordfish");
  });
});

describe("404", () => {
  test.each([
    "/webhook/line/other",
    "/webhook/messenger",
    "/webhook/whatsapp/default",
    "/webhook",
    "/webhook/line/default/x",
  ])("goes to %s, which no channel has", async (path) => {
    expect(await send(body(), { path })).toMatchObject({ status: 404 });
    expect(await stored()).toBe(0);
  });

  test("goes to a GET, as LINE never makes one", async () => {
    expect((await whole.get("/webhook/line")).status).toBe(404);
  });
});

describe("413", () => {
  const padded = (length: number) => {
    const empty = JSON.stringify({ destination: "", events: [] });
    return bytes(JSON.stringify({ destination: "x".repeat(length - empty.length), events: [] }));
  };

  test.each<[string, boolean]>([
    ["by its stated length", true],
    ["by counting, when it states none", false],
  ])("goes to a body over 1 MiB, %s, and to no smaller one", async (_how, isStated) => {
    const stated = (content: Uint8Array): Sent =>
      isStated ? { headers: { "content-length": String(content.length) } } : {};
    expect(await send(padded(MIB), stated(padded(MIB)))).toMatchObject({ status: 200 });
    expect(await send(padded(MIB + 1), stated(padded(MIB + 1)))).toEqual({
      status: 413,
      body: { message: `the body is over ${MIB} bytes` },
    });
  });

  /** A body of 8 MiB that counts what is read of it. */
  function longBody() {
    const read = { bytes: 0 };
    const stream = new ReadableStream(
      {
        pull(controller) {
          read.bytes += 64 * 1024;
          controller.enqueue(new Uint8Array(64 * 1024));
          if (read.bytes >= 8 * MIB) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return { read, stream };
  }

  test("by its stated length comes before a byte is read", async () => {
    const { read, stream } = longBody();
    const headers = { "content-type": "application/json", "content-length": String(MIB + 1) };
    expect((await whole.post("/webhook/line", stream, headers)).status).toBe(413);
    expect(read.bytes).toBe(0);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ["no length", {}],
    ["a small length beside chunks", { "content-length": "10", "transfer-encoding": "chunked" }],
  ])("by counting ends the reading of a body that states %s soon after the limit", async (_what, header) => {
    const { read, stream } = longBody();
    const response = await whole.post("/webhook/line", stream, { "content-type": "application/json", ...header });
    expect(response.status).toBe(413);
    expect(read.bytes).toBeLessThan(2 * MIB);
  });
});

describe("415", () => {
  test.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/json", ""])(
    "goes to the content type %j",
    async (type) => {
      expect(await send(body(), { headers: { "content-type": type } })).toMatchObject({ status: 415 });
      expect(await stored()).toBe(0);
    },
  );

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON;charset=UTF-8",
    "application/json ;x=1",
  ])("doesn't go to %j", async (type) => {
    expect(await send(body(), { headers: { "content-type": type } })).toMatchObject({ status: 200 });
  });
});

describe("503", () => {
  test("goes to everything before start and after stop, unread", async () => {
    whole = assembleGateway();
    const refused = { status: 503, body: { message: expect.any(String) } };
    expect(await send(body())).toEqual(refused);
    const running = await whole.start();
    expect(await send(body())).toMatchObject({ status: 200 });
    await running.stop();
    expect(await send(body([]))).toEqual(refused);
    expect(await whole.count("webhooks_total", { code: 503 })).toBe(2);
  });

  test("goes to what the store can't commit, and a later redelivery is stored", async () => {
    const folder = mkdtempSync(join(tmpdir(), "turnpike-webhooks-"));
    ends.push(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "busy.db");
    whole = await started({ file });
    // An operator's shell holds the write lock.
    const shell = new Database(file);
    ends.push(() => shell.close());
    shell.exec("BEGIN IMMEDIATE");
    expect(await send(body())).toEqual({ status: 503, body: { message: "not stored: send it again" } });
    expect(whole.lines).toContainEqual({
      level: "error",
      fields: expect.objectContaining({ code: 503, reason: expect.stringContaining("SQLITE_BUSY") }),
      message: "webhook refused: the platform will send it again",
    });
    expect(await stored()).toBe(0);
    shell.exec("ROLLBACK");
    expect(await send(body())).toMatchObject({ status: 200 });
    expect(await stored()).toBe(1);
  });
});

describe("a signed body with hostile content", () => {
  test("is a 400 when it is nested too deep", async () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    for (const extra of [nested(100), nested(100_000), `${'{"a":'.repeat(200)}1${"}".repeat(200)}`]) {
      const deep = bytes(new TextDecoder().decode(body()).replace('"text":"hi"', `"text":"hi","extra":${extra}`));
      expect(await send(deep)).toMatchObject({ status: 400 });
    }
    expect(await send(bytes("[".repeat(500_000)))).toMatchObject({ status: 400 });
    expect(await stored()).toBe(0);
  });

  test("is a 400 when an id contains a NUL, which PostgreSQL can't store; in a message it is accepted", async () => {
    const nul = "a\u0000b";
    const traps = [
      { webhookEventId: nul },
      { replyToken: nul },
      { source: { type: "user", userId: nul } },
      { message: { ...event.message, id: nul } },
    ];
    for (const trap of traps) expect(await send(body([{ ...event, ...trap }]))).toMatchObject({ status: 400 });
    expect(await stored()).toBe(0);
    const words = { ...event, message: { ...event.message, text: nul } };
    expect(await send(body([words]))).toMatchObject({ status: 200 });
    const before = await stored();
    const good = { ...event, webhookEventId: "01GOOD", message: { ...event.message, id: "good" } };
    expect(await send(body([{ ...event, webhookEventId: nul }, good]))).toMatchObject({ status: 200 });
    expect(await stored()).toBe(before + 1);
  });

  test("with a field named __proto__ pollutes no prototype, and reaches the agent as a plain field", async () => {
    const turns: unknown[] = [];
    whole = await started({ answer: (turn) => void turns.push(turn) });
    const trap =
      '"__proto__":{"polluted":true,"type":"follow","isRedelivery":true},"constructor":{"prototype":{"polluted":true}}';
    const trapped = new TextDecoder().decode(body()).replaceAll("{", `{${trap},`);
    expect(await send(bytes(trapped))).toMatchObject({ status: 200 });
    await whole.clock.advance(1_000);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty("polluted");
    expect(turns).toMatchObject([
      { text: "hi", events: [{ type: "message", redelivered: false, message: { type: "text", text: "hi" } }] },
    ]);
    expect(JSON.stringify(turns)).toContain('"constructor":{"prototype"');
  });
});

describe("overload", () => {
  const another = (n: number) => ({ ...event, webhookEventId: `01K${n}`, message: { ...event.message, id: `${n}` } });

  test("of one account's concurrent webhooks is a 503 with Retry-After; other accounts are served", async () => {
    whole = await started({ settings: { limits: { webhooksAtOnce: 1 } } });
    const answers = await Promise.all([send(body()), send(body([another(2)]))]);
    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
    expect(await send(body([another(2)]))).toMatchObject({ status: 200 });
    expect(await stored()).toBe(2);
  });

  test("of one account's rate is a 429; bodies without a valid signature don't count", async () => {
    whole = await started({ settings: { limits: { webhooksPerSecond: 1 } } });
    for (let count = 0; count < 5; count += 1) {
      expect(await send(body(), { headers: { "x-line-signature": `${"B".repeat(43)}=` } })).toMatchObject({
        status: 401,
      });
    }
    expect(await send(body())).toMatchObject({ status: 200 });
    const content = body([another(2)]);
    const refused = await whole.post("/webhook/line", content, whole.simulator.sign(content));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await whole.count("requests_rejected_total", { reason: "account" })).toBe(1);
    await whole.clock.advance(1_000);
    expect(await send(content)).toMatchObject({ status: 200 });
  });

  test("of unauthenticated bodies is a 503 for the slow ones; complete ones are accepted", async () => {
    whole = await started({ settings: { limits: { bodyBudgetBytes: 4 * MIB } } });
    const dawdle = () => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      // Rejected when the gateway drops the body; the response is what the test checks.
      const written = writer.write(new Uint8Array(MIB)).catch(() => undefined);
      const answer = whole.post("/webhook/line", readable, { "content-type": "application/json" });
      return { written, answer, abort: () => writer.abort().catch(() => undefined) };
    };
    const dawdlers = Array.from({ length: 4 }, dawdle);
    await Promise.all(dawdlers.map(({ written }) => written));
    expect(await send(body())).toMatchObject({ status: 200 });
    const refused = await dawdlers[0]?.answer;
    expect([refused?.status, refused?.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await whole.count("requests_rejected_total", { reason: "body-budget" })).toBe(1);
    await Promise.all(dawdlers.map(({ abort }) => abort()));
    expect((await Promise.all(dawdlers.map(({ answer }) => answer))).map(({ status }) => status)).toEqual([
      503, 400, 400, 400,
    ]);
  });
});

test("no refusal logs a text of a person, a signature or a token", async () => {
  await send(body(), { headers: { "content-type": "text/plain" } });
  await send(body(), { headers: { "x-line-signature": `${"B".repeat(43)}=` } });
  await send(body([{ ...event, message: { ...event.message, text: "swordfish" } }]));
  const log = JSON.stringify(whole.lines);
  expect(log).not.toContain("swordfish");
  expect(log).not.toContain("BBBB");
  expect(log).not.toContain(event.replyToken);
  expect(log).not.toContain("Uann");
});
