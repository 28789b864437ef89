/**
 * Goal: the API side of the simulator does what LINE's documentation says, and fails only when it is asked to.
 * Method: a manual clock and seeded randomness; the API is called directly.
 */
import { describe, expect, test } from "vitest";
import { RETRY_KEY, simulatedLine } from "../../../../test/support/simulated-line.ts";

const MINUTE = 60_000;
const invalidToken = { status: 400, body: { message: "Invalid reply token" } };

describe("reply tokens", () => {
  test("serve once, even when two calls race", async () => {
    const { line, reply } = simulatedLine();
    const { replyToken } = await line.person("Uann").says("hi");
    const results = await Promise.all([reply(replyToken, ["one"]), reply(replyToken, ["two"])]);
    expect(results.map((result) => result !== "disconnect" && result.status)).toEqual([200, 400]);
    expect(results[1]).toMatchObject(invalidToken);
    expect(line.seenBy("Uann").map((bubble) => bubble.text)).toEqual(["one"]);
  });

  test("live a minute from their delivery", async () => {
    const { line, clock, reply } = simulatedLine();
    const first = await line.person("Uann").says("hi");
    await clock.advance(MINUTE);
    expect(await reply(first.replyToken)).toMatchObject({ status: 200 });
    const second = await line.person("Uann").says("hi");
    await clock.advance(MINUTE + 1);
    expect(await reply(second.replyToken)).toMatchObject(invalidToken);
  });

  test("get a new minute with each copy, but never past 20 minutes after the event", async () => {
    const { line, clock, reply } = simulatedLine();
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
    const { line, reply } = simulatedLine();
    const { eventId, replyToken } = await line.person("Uann").says("hi");
    await reply(replyToken);
    await line.redeliver(eventId);
    expect(await reply(replyToken)).toMatchObject(invalidToken);
  });

  test("that were never given are invalid", async () => {
    expect(await simulatedLine().reply("made up")).toMatchObject(invalidToken);
  });

  test.each([false, true])("survive a refused body unless told otherwise (spends: %s)", async (spends) => {
    const { line, reply } = simulatedLine({ rejectedReplySpendsToken: spends });
    const { replyToken } = await line.person("Uann").says("hi");
    expect(await reply(replyToken, [""])).toMatchObject({ status: 400, body: { details: [{}] } });
    expect(await reply(replyToken)).toMatchObject(spends ? invalidToken : { status: 200 });
  });

  test("don't go with a retry key", async () => {
    const { line, reply } = simulatedLine();
    const { replyToken } = await line.person("Uann").says("hi");
    expect(await reply(replyToken, ["x"], { "X-Line-Retry-Key": RETRY_KEY })).toMatchObject({ status: 400 });
    expect(await reply(replyToken)).toMatchObject({ status: 200 });
  });
});

describe("pushes", () => {
  const key = { "X-Line-Retry-Key": RETRY_KEY };

  test("with a key that was accepted are answered 409 with the first one's messages, for 24 hours", async () => {
    const { line, clock, push } = simulatedLine();
    const first = await push("Uann", key);
    await clock.advance(24 * 60 * MINUTE - 1);
    const second = await push("Uann", key);
    if (first === "disconnect" || second === "disconnect") throw new Error("disconnect");
    expect(second).toMatchObject({ status: 409, body: { message: "The retry key is already accepted" } });
    expect(second.body.sentMessages).toEqual(first.body.sentMessages);
    expect(second.headers["x-line-accepted-request-id"]).toBe(first.headers["x-line-request-id"]);
    expect(second.headers["x-line-request-id"]).not.toBe(first.headers["x-line-request-id"]);
    expect(line.seenBy("Uann")).toHaveLength(1);
    await clock.advance(1);
    expect(await push("Uann", key)).toMatchObject({ status: 200 });
  });

  test("that were refused don't use up their key", async () => {
    const { line, push } = simulatedLine({ quota: 0 });
    expect(await push("Uann", key)).toMatchObject({ status: 429 });
    line.quota.limit = null;
    expect(await push("Uann", key)).toMatchObject({ status: 200 });
  });

  test("with a key that is no hexadecimal UUID are refused", async () => {
    expect(await simulatedLine().push("Uann", { "X-Line-Retry-Key": "dlv_1" })).toMatchObject({ status: 400 });
  });

  test("are counted per recipient, and refused past the month's limit", async () => {
    const { line, push, call } = simulatedLine({ quota: 4 });
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
    const { line, push } = simulatedLine({ quota: 5 });
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
    expect(await simulatedLine({ strangers: "refused" }).push("Uwho")).toMatchObject(failed);
    expect(await simulatedLine().push("Uwho")).toMatchObject({ status: 200 });
  });
});

describe("requests", () => {
  test("without the right access token are refused", async () => {
    const { call } = simulatedLine();
    expect(await call("GET", "/v2/bot/info", undefined, { authorization: "Bearer other" })).toMatchObject({
      status: 401,
    });
    expect(await call("GET", "/v2/bot/info", undefined, { authorization: "" })).toMatchObject({ status: 401 });
  });

  test("of another content type are 415, what isn't JSON is 400, and an unknown path is 404", async () => {
    const { call } = simulatedLine();
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
    const { line, call } = simulatedLine();
    const refused = {
      status: 400,
      body: { message: "The request body has 1 error(s)", details: [{ property, message: expect.any(String) }] },
    };
    expect(await call("POST", "/v2/bot/message/push", { to: "Uann", messages })).toMatchObject(refused);
    expect(await call("POST", "/v2/bot/message/validate/reply", { messages })).toMatchObject(refused);
    expect(line.seenBy("Uann")).toEqual([]);
  });

  test("with exactly 5 000 UTF-16 units are taken", async () => {
    expect(await simulatedLine().push("Uann", {}, ["x".repeat(5_000)])).toMatchObject({ status: 200 });
  });

  test("for the bot, a profile, loading and reading are answered", async () => {
    const { line, call, events } = simulatedLine();
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
    const { line, call } = simulatedLine();
    const path = "/v2/bot/channel/webhook/endpoint";
    expect(await call("GET", path)).toMatchObject({ status: 404 });
    expect(await call("PUT", path, { endpoint: "https://bot.example/hook" })).toMatchObject({ status: 200 });
    expect(await call("GET", path)).toMatchObject({ body: { endpoint: "https://bot.example/hook", active: true } });
    expect(line.webhookUrl).toBe("https://bot.example/hook");
  });
});

describe("faults", () => {
  test("never happen unasked, and each happens as often as it was asked for", async () => {
    const { line, push } = simulatedLine();
    line.faults.next("push", { at: "before-accept", how: 503, times: 2 });
    const statuses = [];
    for (let i = 0; i < 4; i += 1) {
      const result = await push("Uann");
      statuses.push(result === "disconnect" ? result : result.status);
    }
    expect(statuses).toEqual([503, 503, 200, 200]);
    expect(line.seenBy("Uann")).toHaveLength(2);
  });

  test("on one route leave the other alone", async () => {
    const { line, push, reply } = simulatedLine();
    const { replyToken } = await line.person("Uann").says("hi");
    line.faults.next("reply", { at: "before-accept", how: "disconnect" });
    expect(await push("Uann")).toMatchObject({ status: 200 });
    expect(await reply(replyToken)).toBe("disconnect");
    // Nothing was done, so the token still serves.
    expect(await reply(replyToken)).toMatchObject({ status: 200 });
  });

  test.each(["disconnect", 500] as const)(
    "after the message was accepted: it is there, and the answer is %s",
    async (how) => {
      const { line, reply } = simulatedLine();
      const { replyToken } = await line.person("Uann").says("hi");
      line.faults.next("reply", { at: "after-accept", how });
      expect(await reply(replyToken)).toEqual(
        how === "disconnect" ? "disconnect" : expect.objectContaining({ status: 500 }),
      );
      expect(line.seenBy("Uann")).toHaveLength(1);
      expect(line.calls[0]).toMatchObject({ status: how, accepted: true });
      expect(await reply(replyToken)).toMatchObject(invalidToken);
    },
  );

  test("slow: the message is there at once and the answer late; stall: both late", async () => {
    const { line, clock, push } = simulatedLine();
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
    const { line, push } = simulatedLine();
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

describe("content", () => {
  const get = async (call: ReturnType<typeof simulatedLine>["line"], path: string) => {
    const headers = { authorization: "Bearer access" };
    const result = await call.handle({ method: "GET", path, headers, body: new Uint8Array() });
    return result === "disconnect" ? result : { ...result, text: new TextDecoder().decode(result.bytes) };
  };

  test("of a picture is there with its type, is 202 while it is prepared, 410 when it is gone and 404 otherwise", async () => {
    const { line } = simulatedLine();
    const { messageId } = await line.person("Uann").sends({ type: "video", contentProvider: { type: "line" } });
    const path = `/v2/bot/message/${messageId}/content`;
    const found = await get(line, path);
    expect(found).toMatchObject({ status: 200, text: `the video of message ${messageId}` });
    expect(found).toMatchObject({ headers: { "content-type": "video/mp4" } });
    line.keeps(messageId ?? "", { state: "preparing" });
    expect(await get(line, path)).toMatchObject({ status: 202 });
    expect(await get(line, `${path}/transcoding`)).toMatchObject({ body: '{"status":"processing"}' });
    line.keeps(messageId ?? "", { state: "gone" });
    expect(await get(line, path)).toMatchObject({ status: 410, body: '{"message":"The content is gone"}' });
    expect(await get(line, "/v2/bot/message/1/content")).toMatchObject({ status: 404 });
  });

  test("that somebody else keeps isn't there", async () => {
    const { line } = simulatedLine();
    const { messageId } = await line.person("Uann").sends({ type: "image", contentProvider: { type: "external" } });
    expect(await get(line, `/v2/bot/message/${messageId}/content`)).toMatchObject({ status: 404 });
  });

  test("and profiles meet only faults that name them", async () => {
    const { line, call } = simulatedLine();
    await line.person("Uann").says("hi");
    line.faults.next("any", { at: "before-accept", how: 500 });
    expect(await call("GET", "/v2/bot/profile/Uann")).toMatchObject({ status: 200 });
    line.faults.next("profile", { at: "before-accept", how: 500 });
    expect(await call("GET", "/v2/bot/profile/Uann")).toMatchObject({ status: 500 });
  });
});

test("an issued token is good until it ends or is revoked", async () => {
  const { line, call, clock } = simulatedLine();
  const form = "grant_type=client_credentials&client_id=1234567890&client_secret=secret";
  const issue = async () => {
    const result = await call("POST", "/oauth2/v3/token", form);
    return result === "disconnect" ? "" : String(result.body.access_token);
  };
  const ask = (token: string) => call("GET", "/v2/bot/info", undefined, { authorization: `Bearer ${token}` });
  const token = await issue();
  expect(await ask(token)).toMatchObject({ status: 200 });
  await clock.advance(15 * MINUTE);
  expect(await ask(token)).toMatchObject({ status: 401 });
  const next = await issue();
  line.revokeTokens();
  expect(await ask(next)).toMatchObject({ status: 401 });
  expect(await call("POST", "/oauth2/v3/token", form.replace("secret=secret", "secret=other"))).toMatchObject({
    status: 400,
  });
});

describe("calls beside the messages", () => {
  test("count a group's people, and are kept apart from the calls that bring a message", async () => {
    const { line, call } = simulatedLine();
    await line.group("Cteam", ["Uann", "Ubob"]).person("Ueve").says("hi");
    expect(await call("GET", "/v2/bot/group/Cteam/members/count")).toMatchObject({ status: 200, body: { count: 3 } });
    expect(await call("GET", "/v2/bot/room/Cteam/members/count")).toMatchObject({ status: 404 });
    expect([line.calls.length, line.besideCalls.length]).toEqual([0, 2]);
  });

  test("show the loading animation until its end or the next message", async () => {
    const { line, call, clock, push } = simulatedLine();
    await line.person("Uann").says("hi");
    const load = () => call("POST", "/v2/bot/chat/loading/start", { chatId: "Uann", loadingSeconds: 5 });
    await load();
    expect(line.isLoading("Uann")).toBe(true);
    await clock.advance(5_000);
    expect(line.isLoading("Uann")).toBe(false);
    await load();
    await push("Uann");
    expect(line.isLoading("Uann")).toBe(false);
  });

  test("meet their own faults and no others", async () => {
    const { line, call } = simulatedLine();
    line.faults.next("any", { at: "before-accept", how: 500 });
    expect(await call("GET", "/v2/bot/message/quota")).toMatchObject({ status: 200 });
    line.besideFaults.next("beside", { at: "before-accept", how: 500 });
    expect(await call("GET", "/v2/bot/message/quota")).toMatchObject({ status: 500 });
  });
});

test("a message over a limit of the reference is refused, and names its field", async () => {
  const { line, call } = simulatedLine();
  const { replyToken } = await line.person("Uann").says("hi");
  const actions = [{ type: "postback", label: "a".repeat(21), data: "d" }];
  const messages = [{ type: "template", altText: "a", template: { type: "buttons", text: "t", actions } }];
  expect(await call("POST", "/v2/bot/message/reply", { replyToken, messages })).toMatchObject({
    status: 400,
    body: { details: [{ property: "messages[0].template.actions[0].label" }] },
  });
});
