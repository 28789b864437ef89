/**
 * Goal: the public port takes what LINE signed and nothing else, says what is wrong, and lets nobody dawdle.
 * Method: requests made by hand, header by header, against the shipped program.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers, answersLater, inTurn } from "./support/agent.ts";
import { until } from "./support/eventually.ts";
import { dawdle, post, postChunks, postHeadOnly, sign, signed } from "./support/post.ts";
import { postDeferredReply } from "./support/reply-api.ts";
import { untilAcked } from "./support/until-acked.ts";
import { CHANNEL_SECRET, startWorld, type World } from "./support/world.ts";

const MIB = 1024 * 1024;
const OTHER_SECRET = "the-next-channel-secret";

let world: World;
let url: string;
beforeAll(async () => {
  world = await startWorld({ env: { LINE_CHANNEL_SECRET: ` ${CHANNEL_SECRET} , ${OTHER_SECRET} ` } });
  url = world.gateway.webhookUrl;
});
afterAll(() => world[Symbol.asyncDispose]());

/** A body with one message, and whether that message was stored. */
function message(text = "hi") {
  const event = world.line.events.text(world.somebody().source, text);
  const body = JSON.stringify({ destination: world.line.botUserId, events: [event] });
  return { body, isStored: () => isStored(event.webhookEventId) };
}

function isStored(eventId: string): boolean {
  const event = world.gateway.rows("SELECT 1 FROM event WHERE platform_event_id = ?", eventId);
  const key = world.gateway.rows("SELECT 1 FROM dedup_key WHERE key = ?", eventId);
  expect(event.length).toBe(key.length);
  return event.length > 0;
}

describe.concurrent("the signature", () => {
  test("a signed webhook is stored when it is acked with OK", async () => {
    const { body, isStored } = message();
    expect(await untilAcked(() => post(url, signed(body, CHANNEL_SECRET), body))).toEqual({
      status: 200,
      body: '{"message":"OK"}',
    });
    expect(isStored()).toBe(true);
  });

  test("either of two secrets will do while they are rotated", async () => {
    const { body, isStored } = message();
    expect(await untilAcked(() => post(url, signed(body, OTHER_SECRET), body))).toMatchObject({ status: 200 });
    expect(isStored()).toBe(true);
  });

  test("the name of the signature's header may have any case", async () => {
    for (const name of ["X-Line-Signature", "X-LINE-SIGNATURE", "x-LINE-signature"]) {
      const { body, isStored } = message();
      const headers = { "Content-Type": "application/json; charset=utf-8", [name]: sign(body, CHANNEL_SECRET) };
      expect(await untilAcked(() => post(url, headers, body))).toMatchObject({ status: 200 });
      expect(isStored()).toBe(true);
    }
  });

  test("a signature that is wrong, missing or malformed is a 401, and nothing is stored", async () => {
    const { body, isStored } = message();
    const good = sign(body, CHANNEL_SECRET);
    const wrong = [
      undefined,
      sign(body, "a secret of somebody else"),
      sign(`${body} `, CHANNEL_SECRET),
      "",
      "short",
      good.slice(0, -1),
      `${good}=`,
      `${good}, ${good}`,
      "=".repeat(44),
      "\u00fc".repeat(44),
      Buffer.from(good, "base64").toString("hex"),
      Buffer.from(good, "base64").toString("base64url"),
      "A".repeat(8_000),
    ];
    for (const signature of wrong) {
      const answer = await post(url, signed(body, CHANNEL_SECRET, { "x-line-signature": signature }), body);
      expect({ signature, status: answer.status }).toEqual({ signature, status: 401 });
    }
    expect(isStored()).toBe(false);
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("webhooks_total", { channel: "line", code: "401" })).toBeGreaterThanOrEqual(wrong.length);
  });

  test("the signature is over the bytes: a body that says the same in other bytes is refused", async () => {
    const { body, isStored } = message("snowman \u2603");
    const reserialized = body.replace("\u2603", "\\u2603");
    expect(JSON.parse(reserialized)).toEqual(JSON.parse(body));
    expect(await post(url, signed(body, CHANNEL_SECRET), reserialized)).toMatchObject({ status: 401 });
    expect(isStored()).toBe(false);
    expect(await untilAcked(() => post(url, signed(body, CHANNEL_SECRET), body))).toMatchObject({ status: 200 });
  });
});

describe.concurrent("what is refused", () => {
  test("a channel or account that isn't there is a 404", async () => {
    const { body, isStored } = message();
    const { url: base } = world.gateway;
    for (const path of [
      "/webhook/line/other",
      "/webhook/messenger",
      "/webhook/whatsapp",
      "/webhook",
      "/",
      "/webhook/line/",
    ]) {
      expect(await post(`${base}${path}`, signed(body, CHANNEL_SECRET), body)).toMatchObject({ status: 404 });
    }
    expect((await fetch(url)).status).toBe(404);
    expect(isStored()).toBe(false);
    expect(
      await untilAcked(() => post(`${base}/webhook/line/default`, signed(body, CHANNEL_SECRET), body)),
    ).toMatchObject({
      status: 200,
    });
  });

  test("a content type that isn't JSON is a 415, in whatever case it is written", async () => {
    const { body, isStored } = message();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonl", undefined]) {
      const headers = signed(body, CHANNEL_SECRET, { "content-type": type });
      expect(await post(url, headers, body)).toMatchObject({ status: 415 });
    }
    expect(isStored()).toBe(false);
    const headers = signed(body, CHANNEL_SECRET, { "content-type": "Application/JSON;charset=UTF-8" });
    expect(await untilAcked(() => post(url, headers, body))).toMatchObject({ status: 200 });
  });

  test("a body that is signed but no webhook is a 400", async () => {
    for (const body of ["", "hello", '{"events":[', "[]", "{}", '{"events":{}}', "null", "\u0000"]) {
      const answer = await post(url, signed(body, CHANNEL_SECRET), body);
      expect({ body, status: answer.status }).toEqual({ body, status: 400 });
    }
  });

  test("a signed webhook with odd events is a 200: nothing inside one ever fails", async () => {
    const body = JSON.stringify({ events: [null, 7, "x", [], {}, { type: 5 }, { type: "message" }, { source: null }] });
    expect(await untilAcked(() => post(url, signed(body, CHANNEL_SECRET), body))).toMatchObject({ status: 200 });
    expect(await untilAcked(() => post(url, signed(body, CHANNEL_SECRET), body))).toMatchObject({ status: 200 });
  });

  test("a stated length over 1 MiB is a 413 before a byte of the body was sent", async () => {
    const headers = signed("x", CHANNEL_SECRET);
    expect(await postHeadOnly(url, headers, MIB + 1)).toMatchObject({ status: 413 });
    expect(await postHeadOnly(url, headers, 2 ** 40)).toMatchObject({ status: 413 });
  });

  test("chunks are counted: past 1 MiB they are a 413, though the body has no end", async () => {
    expect(await postChunks(url, signed("x", CHANNEL_SECRET), MIB + 1)).toMatchObject({ status: 413 });
  });

  test("a webhook of exactly 1 MiB is taken, stated or in chunks", async () => {
    const filler = (length: number) => `{"events":[],"filler":"${"a".repeat(length)}"}`;
    const body = filler(MIB - filler(0).length);
    expect(Buffer.byteLength(body)).toBe(MIB);
    for (const stated of [{ "content-length": String(MIB) }, { "transfer-encoding": "chunked" }]) {
      const headers = signed(body, CHANNEL_SECRET, stated);
      expect(await untilAcked(() => post(url, headers, body))).toMatchObject({ status: 200 });
    }
    const longer = filler(MIB - filler(0).length + 1);
    expect(await post(url, signed(longer, CHANNEL_SECRET), longer)).toMatchObject({ status: 413 });
  });
});

describe.concurrent("what takes its time", () => {
  test("a client that dawdles over its headers is cut off", async () => {
    const cut = await dawdle(url, "POST /webhook/line HTTP/1.1\r\nhost: x\r\nx-dawdle: ", 500);
    expect(cut.received).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  test("a client that dawdles over its body is cut off", async () => {
    const head =
      "POST /webhook/line HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    const cut = await dawdle(url, head, 500);
    expect(cut.received).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  test("a client that says nothing at all is cut off", async () => {
    expect(await dawdle(url, "", 500)).toMatchObject({ received: expect.stringMatching(/^HTTP\/1\.1 408 |^$/) });
  });

  test("no log line holds a secret, a token, a person's id or anybody's words", async () => {
    const canary = (name: string) => `canary-${name}-7f3a`;
    const secret = Buffer.from(canary("agent-secret-and-more")).toString("base64");
    await using own = await startWorld({
      env: {
        TURNPIKE_LOG_LEVEL: "trace",
        TURNPIKE_ADMIN_TOKEN: canary("admin"),
        TURNPIKE_BATCH_QUIET_MS: "0",
        LINE_CHANNEL_SECRET: `${CHANNEL_SECRET},${canary("channel-secret")}`,
        LINE_REPLY_TOKEN_TTL_MS: "1000",
      },
    });
    const ann = own.somebody();
    const said = canary("said");
    const answered = canary("answered");
    ann.isAnsweredBy(inTurn({ status: 500, body: answered }, answersLater, answers(answered)));
    const ben = own.somebody();
    ben.isAnsweredBy(inTurn({ status: 200, body: answered }, answers({ type: answered }, answered)));
    own.line.faults.next("push", { at: "after-accept", how: "disconnect" });
    const { eventId } = await ann.says(said);
    await own.line.redeliver(eventId);
    await ben.says(said);
    await own.gateway.hasLogged("turn dead: its events are kept and it waits for a person");
    await ben.says(said);
    await own.gateway.hasLogged("delivery dead: it waits for a person");
    const hook = own.gateway.webhookUrl;
    for (const body of [`not JSON ${said}`, `{"events":"${said}"}`])
      await post(hook, signed(body, CHANNEL_SECRET), body);
    await post(hook, signed(said, canary("wrong-secret")), said);
    await post(`${own.gateway.url}/${said}`, signed(said, CHANNEL_SECRET), said);
    const [handed] = (await ann.hasTurns(2)).slice(1);
    const { turnId = "", fence = 0 } = handed?.turn ?? {};
    await postDeferredReply(own.gateway, turnId, `{"fence":"${said}`);
    await postDeferredReply(own.gateway, turnId, { fence, replies: [{ type: said }] });
    await postDeferredReply(
      own.gateway,
      turnId,
      { fence, replies: [answered] },
      { authorization: `Bearer ${canary("bearer")}` },
    );
    await postDeferredReply(own.gateway, turnId, { fence, replies: [answered], done: true });
    await fetch(`${own.gateway.adminUrl}/metrics`, { headers: { authorization: `Bearer ${canary("admin")}` } });
    await ann.hasSeen(1);
    await own.gateway.hasLogged("delivery sent");
    expect((await own.gateway.term()).code).toBe(0);

    const secrets = [CHANNEL_SECRET, "e2e-access-token", "e2e-agent-token", secret, said, answered, ann.id, ben.id];
    const spoken = [...own.line.webhooks].map(({ body }) => JSON.parse(body).events[0]?.replyToken as string);
    const output = own.gateway.output();
    expect(output.length).toBeGreaterThan(2_000);
    for (const word of [...secrets, ...spoken, "canary-"]) expect(output).not.toContain(word);
  });
});

describe.concurrent("what can be seen", () => {
  test("the process says that it is alive, and that it is ready", async () => {
    const health = await fetch(`${world.gateway.url}/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: "alive" }]);
    const ready = await fetch(`${world.gateway.url}/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: "ready" }]);
  });

  test("metrics are on the admin port, under the public names, and not on the public port", async () => {
    expect((await fetch(`${world.gateway.url}/metrics`)).status).toBe(404);
    const { kinds } = await world.gateway.metrics();
    expect(Object.fromEntries(kinds)).toMatchObject({
      turnpike_webhooks_total: "counter",
      turnpike_ack_seconds: "histogram",
      turnpike_events_total: "counter",
      turnpike_turns_total: "counter",
      turnpike_turn_events: "histogram",
      turnpike_deliveries_total: "counter",
      turnpike_attempts_total: "counter",
      turnpike_oldest_seconds: "gauge",
      turnpike_quota_exhausted: "gauge",
      turnpike_account_stopped: "gauge",
      turnpike_lease_lost_total: "counter",
      turnpike_idempotency_inconsistent_detected_total: "counter",
      turnpike_idempotency_recovery_success_total: "counter",
      turnpike_idempotency_recovery_failure_total: "counter",
      turnpike_agent_connections: "gauge",
    });
  });

  test("every waiting state has an age, and what was counted adds up", async () => {
    await using own = await startWorld();
    const ann = own.somebody();
    const { eventId } = await ann.says("hi");
    await ann.hasSeen(1);
    await own.line.redeliver(eventId);
    await own.settled();
    const metrics = await own.gateway.metrics();
    for (const state of ["collecting", "ready", "leased", "pending", "sending", "unknown", "parked", "dead"]) {
      expect(metrics.text).toContain(`turnpike_oldest_seconds{state="${state}"} 0`);
    }
    expect(metrics.sum("webhooks_total", { channel: "line", code: "200" })).toBe(2);
    expect(metrics.sum("ack_seconds_count", { channel: "line" })).toBe(2);
    expect(metrics.sum("events_total", { channel: "line", outcome: "accepted" })).toBe(1);
    expect(metrics.sum("events_total", { channel: "line", outcome: "duplicate" })).toBe(1);
    expect(metrics.sum("turns_total", { outcome: "done" })).toBe(1);
    expect(metrics.sum("turn_events_count")).toBe(1);
    expect(metrics.sum("deliveries_total", { channel: "line", route: "reply", outcome: "sent" })).toBe(1);
    expect(metrics.sum("attempts_total", { channel: "line", route: "reply", outcome: "sent" })).toBe(1);
  });

  test("each event leaves a line with its type, time, lag and redelivery flag; a redelivered copy, the known words", async () => {
    const ann = world.somebody();
    const sentAt = Date.now() - 5_000;
    const event = world.line.events.text(ann.source, "hi", { timestamp: sentAt });
    const platformEventId = event.webhookEventId;
    await world.line.post([event]);
    await world.line.redeliver(platformEventId);
    await world.line.redeliver(platformEventId, { isRedelivery: false });
    const lines = await until("three lines", () => {
      const found = world.gateway.logs.filter((line) => line.platformEventId === platformEventId);
      return found.length === 3 && found;
    });
    const facts = {
      level: "info",
      channel: "line",
      account: "default",
      type: "message",
      sentAt: new Date(sentAt).toISOString(),
    };
    expect(lines).toMatchObject([
      { ...facts, msg: "event accepted", redelivered: false },
      { ...facts, msg: "skip replying due to redelivery", redelivered: true },
      { ...facts, msg: "duplicate event", redelivered: false },
    ]);
    expect(lines[0]?.lagMs).toBeGreaterThanOrEqual(5_000);
    expect(lines[0]?.lagMs).toBeLessThanOrEqual(Date.now() - sentAt);
  });
});
