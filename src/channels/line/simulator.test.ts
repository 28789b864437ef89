/**
 * Goal: the simulator does what LINE's documentation says and no more, so that a test against it means something.
 * Method: a manual clock and seeded chance; both sides of the wire are called directly.
 */
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededChance } from "../../../test/support/seeded-chance.ts";
import { createLineSimulator, type LineSimulatorOptions } from "./simulator.ts";

const SECRET = "secret";
const ACCESS_TOKEN = "access";
const MINUTE = 60_000;
const KEY = "123e4567-e89b-12d3-a456-426614174000";

interface Arrived {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** LINE and a bot's server that answers as `answer` says; by default 200. */
function setUp(
  options: Partial<LineSimulatorOptions> = {},
  answer: (copy: number) => Promise<number> | number = () => 200,
) {
  const clock = manualClock();
  const arrived: Arrived[] = [];
  const line = createLineSimulator({
    clock,
    chance: seededChance(7),
    channelSecret: SECRET,
    accessToken: ACCESS_TOKEN,
    deliver: async (body, headers) => {
      arrived.push({ body: new TextDecoder().decode(body), headers });
      return answer(arrived.length);
    },
    ...options,
  });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const result = await line.handle({
      method,
      path,
      headers: { authorization: `Bearer ${ACCESS_TOKEN}`, "content-type": "application/json", ...headers },
      body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
    });
    return result === "cut" ? result : { ...result, body: JSON.parse(result.body) };
  };
  const text = (...words: string[]) => words.map((word) => ({ type: "text", text: word }));
  return {
    clock,
    line,
    arrived,
    call,
    events: (index = arrived.length - 1) => JSON.parse(arrived[index]?.body ?? "{}").events,
    reply: (replyToken: string | null, words = ["answer"], headers = {}) =>
      call("POST", "/v2/bot/message/reply", { replyToken, messages: text(...words) }, headers),
    push: (to: string, headers: Record<string, string> = {}, words = ["news"]) =>
      call("POST", "/v2/bot/message/push", { to, messages: text(...words) }, headers),
  };
}

const invalidToken = { status: 400, body: { message: "Invalid reply token" } };

describe("webhooks", () => {
  test("are signed over the exact bytes, under a header of either case", async () => {
    const { line, arrived } = setUp({ oddBodies: true });
    for (let i = 0; i < 20; i += 1) await line.person("Uann").says("snowman ☃");
    for (const { body, headers } of arrived) {
      const signature = new Headers(headers).get("x-line-signature");
      expect(signature).toBe(createHmac("sha256", SECRET).update(body).digest("base64"));
      expect(body).toContain("☃");
    }
    const names = new Set(arrived.flatMap(({ headers }) => Object.keys(headers)));
    expect(names).toEqual(new Set(["content-type", "x-line-signature", "X-Line-Signature"]));
  });

  test("say who, where, when and what", async () => {
    const { line, clock, events } = setUp();
    const posted = await line.group("Cteam").person("Uann").says("hi");
    expect(events()).toEqual([
      {
        type: "message",
        mode: "active",
        timestamp: clock.now(),
        source: { type: "group", groupId: "Cteam", userId: "Uann" },
        webhookEventId: posted.eventId,
        deliveryContext: { isRedelivery: false },
        replyToken: posted.replyToken,
        message: expect.objectContaining({ id: posted.messageId, type: "text", text: "hi" }),
      },
    ]);
    expect(posted.eventId).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(posted.webhook).toMatchObject({ status: 200, result: "ok" });
  });

  test("can hold several people's events, or none", async () => {
    const { line, events } = setUp();
    await line.post([
      line.events.text({ type: "user", userId: "Uann" }, "one"),
      line.events.text({ type: "user", userId: "Ubob" }, "two"),
    ]);
    expect(events().map((event: { source: { userId: string } }) => event.source.userId)).toEqual(["Uann", "Ubob"]);
    await line.post([]);
    expect(events()).toEqual([]);
  });

  test("come for taps, unsends, follows, blocks and invitations", async () => {
    const { line, arrived, events } = setUp();
    const ann = line.person("Uann");
    const { messageId } = await ann.says("oops");
    await ann.unsends(messageId ?? "");
    await ann.taps("action=buy");
    await ann.blocks();
    await ann.follows();
    await line.group("Cteam").invites();
    await line.room("Rhall").removes();
    await line.person("Uann").says("for another module", { standby: true });
    const sent = arrived.map((_, index) => events(index)[0]);
    expect(sent.map((event) => event.type)).toEqual([
      "message",
      "unsend",
      "postback",
      "unfollow",
      "follow",
      "join",
      "leave",
      "message",
    ]);
    expect(sent[1]).toMatchObject({ unsend: { messageId } });
    expect(sent[4]).toMatchObject({ follow: { isUnblocked: true } });
    expect(sent[7]).toMatchObject({ mode: "standby" });
    const answerable = sent.filter((event) => event.replyToken !== undefined).map((event) => event.type);
    expect(answerable).toEqual(["message", "postback", "follow", "join"]);
  });

  test("never share an id, whatever chance says", async () => {
    const { line, arrived, events } = setUp({ chance: { random: () => 0.5, id: () => "x" } });
    for (let i = 0; i < 50; i += 1) await line.person("Uann").says("again");
    const sent = arrived.map((_, index) => events(index)[0]);
    for (const field of ["webhookEventId", "replyToken"]) {
      expect(new Set(sent.map((event) => event[field])).size).toBe(50);
    }
    expect(new Set(sent.map((event) => event.message.id)).size).toBe(50);
  });
});

describe("redelivery", () => {
  const switchedOn = { redelivery: { count: 3, intervalMs: 30_000 } };

  test("is off unless switched on", async () => {
    const { line, clock, arrived } = setUp({}, () => 500);
    expect((await line.person("Uann").says("hi")).webhook).toMatchObject({ status: 500, result: "error_status_code" });
    await clock.advance(60 * MINUTE);
    expect(arrived).toHaveLength(1);
  });

  test("sends the same event again, marked, until a copy is taken", async () => {
    const { line, clock, arrived, events } = setUp(switchedOn, (copy) => (copy < 3 ? 503 : 200));
    await line.person("Uann").says("hi");
    await clock.advance(60_000);
    await line.idle();
    expect(line.webhooks.map(({ status, isRedelivery }) => [status, isRedelivery])).toEqual([
      [503, false],
      [503, true],
      [200, true],
    ]);
    expect(events(1)).toEqual([{ ...events(0)[0], deliveryContext: { isRedelivery: true } }]);
    await clock.advance(60 * MINUTE);
    expect(arrived).toHaveLength(3);
  });

  test("gives up after its number of copies", async () => {
    const { line, clock, arrived } = setUp(switchedOn, () => Promise.reject(new Error("refused")));
    expect((await line.person("Uann").says("hi")).webhook.result).toBe("could_not_connect");
    await clock.advance(60 * MINUTE);
    expect(arrived).toHaveLength(4);
    await line.idle();
  });

  test("happens when no answer came within two seconds", async () => {
    const { line, clock, arrived } = setUp(switchedOn, (copy) => (copy === 1 ? new Promise(() => {}) : 200));
    const said = line.person("Uann").says("hi");
    await clock.advance(1_999);
    expect(line.webhooks[0]?.result).toBe("under-way");
    await clock.advance(1);
    expect((await said).webhook).toMatchObject({ status: null, result: "request_timeout" });
    await clock.advance(30_000);
    expect(arrived).toHaveLength(2);
    expect(line.webhooks[1]).toMatchObject({ isRedelivery: true, result: "ok" });
  });

  test("can be the first copy that arrives at all", async () => {
    const { line, clock, arrived, events } = setUp(switchedOn);
    const { eventId, webhook } = await line.person("Uann").says("hi", { lost: true });
    expect(webhook.result).toBe("lost");
    expect(arrived).toEqual([]);
    await clock.advance(30_000);
    expect(events()).toMatchObject([{ webhookEventId: eventId, deliveryContext: { isRedelivery: true } }]);
  });

  test("can be asked for, marked or as an exact duplicate", async () => {
    const { line, arrived, events } = setUp();
    const { eventId } = await line.person("Uann").says("hi");
    await line.redeliver(eventId, { isRedelivery: false });
    await line.redeliver(eventId);
    expect(arrived[1]?.body).toBe(arrived[0]?.body);
    expect(events(2)).toMatchObject([{ webhookEventId: eventId, deliveryContext: { isRedelivery: true } }]);
    expect(await line.redeliver("nothing")).toBeNull();
  });

  test("ends with the simulator", async () => {
    const { line, clock, arrived } = setUp(switchedOn, () => 500);
    await line.person("Uann").says("hi");
    line.close();
    await line.idle();
    await clock.advance(60 * MINUTE);
    expect(arrived).toHaveLength(1);
  });
});

describe("reply tokens", () => {
  test("serve once, even when two calls race", async () => {
    const { line, reply } = setUp();
    const { replyToken } = await line.person("Uann").says("hi");
    const results = await Promise.all([reply(replyToken, ["one"]), reply(replyToken, ["two"])]);
    expect(results.map((result) => result !== "cut" && result.status)).toEqual([200, 400]);
    expect(results[1]).toMatchObject(invalidToken);
    expect(line.seenBy("Uann").map((bubble) => bubble.text)).toEqual(["one"]);
  });

  test("live a minute from their delivery", async () => {
    const { line, clock, reply } = setUp();
    const first = await line.person("Uann").says("hi");
    await clock.advance(MINUTE);
    expect(await reply(first.replyToken)).toMatchObject({ status: 200 });
    const second = await line.person("Uann").says("hi");
    await clock.advance(MINUTE + 1);
    expect(await reply(second.replyToken)).toMatchObject(invalidToken);
  });

  test("get a new minute with each copy, but never past 20 minutes after the event", async () => {
    const { line, clock, reply } = setUp();
    const { eventId, replyToken } = await line.person("Uann").says("hi");
    await clock.advance(15 * MINUTE);
    await line.redeliver(eventId);
    await clock.advance(30_000);
    expect(await reply(replyToken)).toMatchObject({ status: 200 });

    const late = await line.person("Uann").says("hi");
    await clock.advance(20 * MINUTE - 1_000);
    await line.redeliver(late.eventId);
    await clock.advance(1_001);
    expect(await reply(late.replyToken)).toMatchObject(invalidToken);
  });

  test("once spent stay spent, whatever is redelivered", async () => {
    const { line, reply } = setUp();
    const { eventId, replyToken } = await line.person("Uann").says("hi");
    await reply(replyToken);
    await line.redeliver(eventId);
    expect(await reply(replyToken)).toMatchObject(invalidToken);
  });

  test("that were never given are invalid", async () => {
    expect(await setUp().reply("made up")).toMatchObject(invalidToken);
  });

  test.each([false, true])("survive a refused body unless told otherwise (spends: %s)", async (spends) => {
    const { line, reply } = setUp({ rejectedReplySpendsToken: spends });
    const { replyToken } = await line.person("Uann").says("hi");
    expect(await reply(replyToken, [""])).toMatchObject({ status: 400, body: { details: [{}] } });
    expect(await reply(replyToken)).toMatchObject(spends ? invalidToken : { status: 200 });
  });

  test("don't go with a retry key", async () => {
    const { line, reply } = setUp();
    const { replyToken } = await line.person("Uann").says("hi");
    expect(await reply(replyToken, ["x"], { "X-Line-Retry-Key": KEY })).toMatchObject({ status: 400 });
    expect(await reply(replyToken)).toMatchObject({ status: 200 });
  });
});

describe("pushes", () => {
  const key = { "X-Line-Retry-Key": KEY };

  test("with a key that was accepted are answered 409 with the first one's messages, for 24 hours", async () => {
    const { line, clock, push } = setUp();
    const first = await push("Uann", key);
    await clock.advance(24 * 60 * MINUTE - 1);
    const second = await push("Uann", key);
    if (first === "cut" || second === "cut") throw new Error("cut");
    expect(second).toMatchObject({ status: 409, body: { message: "The retry key is already accepted" } });
    expect(second.body.sentMessages).toEqual(first.body.sentMessages);
    expect(second.headers["x-line-accepted-request-id"]).toBe(first.headers["x-line-request-id"]);
    expect(second.headers["x-line-request-id"]).not.toBe(first.headers["x-line-request-id"]);
    expect(line.seenBy("Uann")).toHaveLength(1);
    await clock.advance(1);
    expect(await push("Uann", key)).toMatchObject({ status: 200 });
  });

  test("that were refused don't use up their key", async () => {
    const { line, push } = setUp({ quota: 0 });
    expect(await push("Uann", key)).toMatchObject({ status: 429 });
    line.quota.limit = null;
    expect(await push("Uann", key)).toMatchObject({ status: 200 });
  });

  test("with a key that is no hexadecimal UUID are refused", async () => {
    expect(await setUp().push("Uann", { "X-Line-Retry-Key": "dlv_1" })).toMatchObject({ status: 400 });
  });

  test("are counted per recipient, and refused past the month's limit", async () => {
    const { line, push, call } = setUp({ quota: 4 });
    line.group("Cteam", ["Uann", "Ubob", "Ucy"]);
    expect(await push("Cteam", {}, ["one", "two", "three"])).toMatchObject({ status: 200 });
    expect(await call("GET", "/v2/bot/message/quota")).toMatchObject({ body: { type: "limited", value: 4 } });
    expect(await call("GET", "/v2/bot/message/quota/consumption")).toMatchObject({ body: { totalUsage: 3 } });
    expect(await push("Cteam")).toMatchObject({
      status: 429,
      body: { message: "You have reached your monthly limit." },
    });
    expect(await push("Uann")).toMatchObject({ status: 200 });
    expect(line.quota.used).toBe(4);
  });

  test("to somebody who blocked the bot are accepted, not shown and not counted", async () => {
    const { line, push } = setUp({ quota: 5 });
    await line.person("Uann").blocks();
    expect(await push("Uann")).toMatchObject({ status: 200 });
    expect(line.seenBy("Uann")).toEqual([]);
    expect(line.quota.used).toBe(0);
    await line.person("Uann").follows();
    await push("Uann");
    expect(line.seenBy("Uann")).toHaveLength(1);
  });

  test("to a stranger fail when the switch says so", async () => {
    const failed = { status: 400, body: { message: "Failed to send messages" } };
    expect(await setUp({ strangers: "refused" }).push("Uwho")).toMatchObject(failed);
    expect(await setUp().push("Uwho")).toMatchObject({ status: 200 });
  });
});

describe("requests", () => {
  test("without the right access token are refused", async () => {
    const { call } = setUp();
    expect(await call("GET", "/v2/bot/info", undefined, { authorization: "Bearer other" })).toMatchObject({
      status: 401,
    });
    expect(await call("GET", "/v2/bot/info", undefined, { authorization: "" })).toMatchObject({ status: 401 });
  });

  test("of another content type are 415, what isn't JSON is 400, and an unknown path is 404", async () => {
    const { call } = setUp();
    const path = "/v2/bot/message/push";
    expect(await call("POST", path, {}, { "content-type": "text/plain" })).toMatchObject({ status: 415 });
    expect(await call("POST", path, "{")).toMatchObject({ status: 400 });
    expect(await call("POST", "/v2/bot/nothing", {})).toMatchObject({ status: 404 });
    expect(await call("POST", path, `"${"x".repeat(2_200_000)}"`)).toMatchObject({ status: 413 });
  });

  test.each([
    ["no messages", [], "messages"],
    ["six messages", Array(6).fill({ type: "text", text: "x" }), "messages"],
    ["an empty text", [{ type: "text", text: "" }], "messages[0].text"],
    ["5 001 UTF-16 units", [{ type: "text", text: "x".repeat(5_001) }], "messages[0].text"],
    ["2 501 emoji", [{ type: "text", text: "😀".repeat(2_501) }], "messages[0].text"],
    ["an unknown type", [{ type: "text", text: "x" }, { type: "hologram" }], "messages[1].type"],
    ["a sticker without its id", [{ type: "sticker", packageId: "1" }], "messages[0].stickerId"],
  ])("with %s are refused in LINE's form", async (_name, messages, property) => {
    const { line, call } = setUp();
    const refused = {
      status: 400,
      body: { message: "The request body has 1 error(s)", details: [{ property, message: expect.any(String) }] },
    };
    expect(await call("POST", "/v2/bot/message/push", { to: "Uann", messages })).toMatchObject(refused);
    expect(await call("POST", "/v2/bot/message/validate/reply", { messages })).toMatchObject(refused);
    expect(line.seenBy("Uann")).toEqual([]);
  });

  test("with exactly 5 000 UTF-16 units are taken", async () => {
    expect(await setUp().push("Uann", {}, ["x".repeat(5_000)])).toMatchObject({ status: 200 });
  });

  test("for the bot, a profile, loading and reading are answered", async () => {
    const { line, call, events } = setUp();
    await line.person("Uann").says("hi");
    expect(await call("GET", "/v2/bot/info")).toMatchObject({ body: { userId: line.botUserId } });
    expect(await call("GET", "/v2/bot/profile/Uann")).toMatchObject({ body: { userId: "Uann" } });
    expect(await call("GET", "/v2/bot/profile/Uwho")).toMatchObject({ status: 404 });
    expect(await call("GET", "/v2/bot/message/quota")).toMatchObject({ body: { type: "none" } });
    const loading = "/v2/bot/chat/loading/start";
    expect(await call("POST", loading, { chatId: "Uann", loadingSeconds: 5 })).toMatchObject({ status: 202 });
    expect(await call("POST", loading, { chatId: "Uann", loadingSeconds: 7 })).toMatchObject({ status: 400 });
    expect(await call("POST", loading, { chatId: "Cteam" })).toMatchObject({ status: 400 });
    const { markAsReadToken } = events()[0].message;
    expect(await call("POST", "/v2/bot/chat/markAsRead", { markAsReadToken })).toMatchObject({ status: 200 });
    expect(await call("POST", "/v2/bot/chat/markAsRead", { markAsReadToken: "x" })).toMatchObject({ status: 400 });
  });

  test("for the webhook's address read and set it", async () => {
    const { line, call } = setUp();
    const path = "/v2/bot/channel/webhook/endpoint";
    expect(await call("GET", path)).toMatchObject({ status: 404 });
    expect(await call("PUT", path, { endpoint: "https://bot.example/hook" })).toMatchObject({ status: 200 });
    expect(await call("GET", path)).toMatchObject({ body: { endpoint: "https://bot.example/hook", active: true } });
    expect(line.webhookUrl).toBe("https://bot.example/hook");
  });
});

describe("faults", () => {
  test("never happen unasked, and each happens as often as it was asked for", async () => {
    const { line, push } = setUp();
    line.faults.next("push", { at: "before-accept", how: 503, times: 2 });
    const statuses = [];
    for (let i = 0; i < 4; i += 1) {
      const result = await push("Uann");
      statuses.push(result === "cut" ? result : result.status);
    }
    expect(statuses).toEqual([503, 503, 200, 200]);
    expect(line.seenBy("Uann")).toHaveLength(2);
  });

  test("on one road leave the other alone", async () => {
    const { line, push, reply } = setUp();
    const { replyToken } = await line.person("Uann").says("hi");
    line.faults.next("reply", { at: "before-accept", how: "cut" });
    expect(await push("Uann")).toMatchObject({ status: 200 });
    expect(await reply(replyToken)).toBe("cut");
    // Nothing was done, so the token still serves.
    expect(await reply(replyToken)).toMatchObject({ status: 200 });
  });

  test.each(["cut", 500] as const)("after the message was accepted: it is there, and the answer is %s", async (how) => {
    const { line, reply } = setUp();
    const { replyToken } = await line.person("Uann").says("hi");
    line.faults.next("reply", { at: "after-accept", how });
    expect(await reply(replyToken)).toEqual(how === "cut" ? "cut" : expect.objectContaining({ status: 500 }));
    expect(line.seenBy("Uann")).toHaveLength(1);
    expect(line.calls[0]).toMatchObject({ status: how, accepted: true });
    expect(await reply(replyToken)).toMatchObject(invalidToken);
  });

  test("slow: the message is there at once and the answer late; stall: both late", async () => {
    const { line, clock, push } = setUp();
    for (const [at, seenBefore] of [
      ["slow", 1],
      ["stall", 1],
    ] as const) {
      line.faults.next("any", { at, delayMs: 30_000 });
      const answer = push("Uann");
      await clock.settle();
      expect(line.seenBy("Uann")).toHaveLength(seenBefore);
      expect(line.calls.at(-1)?.status).toBeNull();
      await clock.advance(30_000);
      expect(await answer).toMatchObject({ status: 200 });
    }
    expect(line.seenBy("Uann")).toHaveLength(2);
  });

  test("give LINE's own words for the usual refusals, or those of the test", async () => {
    const { line, push } = setUp();
    line.faults.next("push", { at: "before-accept", how: 429 });
    line.faults.next("push", { at: "before-accept", how: 400, message: "Failed to send messages" });
    expect(await push("Uann")).toMatchObject({
      body: { message: "The API rate limit has been exceeded. Try again later." },
    });
    expect(await push("Uann")).toMatchObject({ body: { message: "Failed to send messages" } });
    line.faults.next("push", { at: "before-accept", how: 500 });
    line.faults.clear();
    expect(await push("Uann")).toMatchObject({ status: 200 });
  });
});

test("the record says what each person saw, by which road, and which call brought it", async () => {
  const { line, clock, reply, push } = setUp();
  const { replyToken } = await line.person("Uann").says("hi");
  await reply(replyToken, ["one", "two"]);
  await clock.advance(5_000);
  await push("Uann", { "X-Line-Retry-Key": KEY }, ["three"]);
  await push("Ubob");
  expect(line.seenBy("Uann").map(({ text, road, retryKey, at }) => [text, road, retryKey, at - clock.now()])).toEqual([
    ["one", "reply", null, -5_000],
    ["two", "reply", null, -5_000],
    ["three", "push", KEY, 0],
  ]);
  expect(line.seenBy("Uann").map((bubble) => bubble.requestId)).toEqual([
    line.calls[0]?.requestId,
    line.calls[0]?.requestId,
    line.calls[1]?.requestId,
  ]);
  expect(new Set(line.calls.map((call) => call.requestId)).size).toBe(3);
});

test("the same seed gives the same run, to the byte", async () => {
  const run = async () => {
    const { line, arrived, reply } = setUp();
    const { replyToken } = await line.person("Uann").says("hi");
    await reply(replyToken);
    return { arrived, bubbles: line.seenBy("Uann") };
  };
  expect(await run()).toEqual(await run());
});

test("a channel reaches it without a socket, and meets the same faults", async () => {
  const { line, clock } = setUp();
  let isReachable = true;
  const road = line.transport({ clock, sendTimeoutMs: 10_000, isReachable: () => isReachable });
  const headers = { authorization: `Bearer ${ACCESS_TOKEN}`, "content-type": "application/json" };
  const post = () =>
    road.post("/v2/bot/message/push", headers, '{"to":"Uann","messages":[{"type":"text","text":"x"}]}');
  expect((await post()).reached).toMatchObject({ phase: "answered", status: 200 });
  line.faults.next("push", { at: "after-accept", how: "cut" });
  expect((await post()).reached.phase).toBe("sent");
  line.faults.next("push", { at: "stall", delayMs: 60_000 });
  const late = post();
  await clock.advance(10_000);
  expect((await late).reached.phase).toBe("sent");
  isReachable = false;
  expect((await post()).reached.phase).toBe("not-sent");
  expect(line.seenBy("Uann")).toHaveLength(2);
});
