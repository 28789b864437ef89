/**
 * Goal: the simulator sends what LINE would send, as often as LINE would, and records what people see.
 * Method: a manual clock and seeded randomness; both sides of the wire are called directly.
 */
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ACCESS_TOKEN, CHANNEL_SECRET, RETRY_KEY, simulatedLine } from "../../../test/support/simulated-line.ts";

const MINUTE = 60_000;

describe("webhooks", () => {
  test("are signed over the exact bytes, under a header of either case", async () => {
    const { line, arrived } = simulatedLine({ oddBodies: true });
    for (let i = 0; i < 20; i += 1) await line.person("Uann").says("snowman ☃");
    for (const { body, headers } of arrived) {
      const signature = new Headers(headers).get("x-line-signature");
      expect(signature).toBe(createHmac("sha256", CHANNEL_SECRET).update(body).digest("base64"));
      expect(body).toContain("☃");
    }
    const names = new Set(arrived.flatMap(({ headers }) => Object.keys(headers)));
    expect(names).toEqual(new Set(["content-type", "x-line-signature", "X-Line-Signature"]));
  });

  test("say who, where, when and what", async () => {
    const { line, clock, events } = simulatedLine();
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
    const { line, events } = simulatedLine();
    await line.post([
      line.events.text({ type: "user", userId: "Uann" }, "one"),
      line.events.text({ type: "user", userId: "Ubob" }, "two"),
    ]);
    expect(events().map((event: { source: { userId: string } }) => event.source.userId)).toEqual(["Uann", "Ubob"]);
    await line.post([]);
    expect(events()).toEqual([]);
  });

  test("come for taps, unsends, follows, blocks and invitations", async () => {
    const { line, arrived, events } = simulatedLine();
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

  test("never share an id, whatever the random source says", async () => {
    const { line, arrived, events } = simulatedLine({ random: { fraction: () => 0.5, id: () => "x" } });
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
    const { line, clock, arrived } = simulatedLine({}, () => 500);
    expect((await line.person("Uann").says("hi")).webhook).toMatchObject({ status: 500, result: "error_status_code" });
    await clock.advance(60 * MINUTE);
    expect(arrived).toHaveLength(1);
  });

  test("sends the same event again, marked, until a copy is taken", async () => {
    const { line, clock, arrived, events } = simulatedLine(switchedOn, (copy) => (copy < 3 ? 503 : 200));
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
    const { line, clock, arrived } = simulatedLine(switchedOn, () => Promise.reject(new Error("refused")));
    expect((await line.person("Uann").says("hi")).webhook.result).toBe("could_not_connect");
    await clock.advance(60 * MINUTE);
    expect(arrived).toHaveLength(4);
    await line.idle();
  });

  test("happens when no answer came within two seconds", async () => {
    const { line, clock, arrived } = simulatedLine(switchedOn, (copy) => (copy === 1 ? new Promise(() => {}) : 200));
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
    const { line, clock, arrived, events } = simulatedLine(switchedOn);
    const { eventId, webhook } = await line.person("Uann").says("hi", { lost: true });
    expect(webhook.result).toBe("lost");
    expect(arrived).toEqual([]);
    await clock.advance(30_000);
    expect(events()).toMatchObject([{ webhookEventId: eventId, deliveryContext: { isRedelivery: true } }]);
  });

  test("can be asked for, marked or as an exact duplicate", async () => {
    const { line, arrived, events } = simulatedLine();
    const { eventId } = await line.person("Uann").says("hi");
    await line.redeliver(eventId, { isRedelivery: false });
    await line.redeliver(eventId);
    expect(arrived[1]?.body).toBe(arrived[0]?.body);
    expect(events(2)).toMatchObject([{ webhookEventId: eventId, deliveryContext: { isRedelivery: true } }]);
    expect(await line.redeliver("nothing")).toBeNull();
  });

  test("ends with the simulator", async () => {
    const { line, clock, arrived } = simulatedLine(switchedOn, () => 500);
    await line.person("Uann").says("hi");
    line.close();
    await line.idle();
    await clock.advance(60 * MINUTE);
    expect(arrived).toHaveLength(1);
  });
});

test("images sent at once come in a webhook each, in the given order, with their place in the set", async () => {
  const { line, arrived, events } = simulatedLine();
  const posted = await line.person("Uann").sendsImages([3, 1, 2]);
  expect(posted).toHaveLength(3);
  const sets = arrived.map((_, index) => events(index)[0].message.imageSet);
  expect(sets.map(({ index, total }) => [index, total])).toEqual([
    [3, 3],
    [1, 3],
    [2, 3],
  ]);
  expect(new Set(sets.map(({ id }) => id)).size).toBe(1);
});

test("the record says what each person saw, by which route, and which call brought it", async () => {
  const { line, clock, reply, push } = simulatedLine();
  const { replyToken } = await line.person("Uann").says("hi");
  await reply(replyToken, ["one", "two"]);
  await clock.advance(5_000);
  await push("Uann", { "X-Line-Retry-Key": RETRY_KEY }, ["three"]);
  await push("Ubob");
  expect(line.seenBy("Uann").map(({ text, route, retryKey, at }) => [text, route, retryKey, at - clock.now()])).toEqual(
    [
      ["one", "reply", null, -5_000],
      ["two", "reply", null, -5_000],
      ["three", "push", RETRY_KEY, 0],
    ],
  );
  expect(line.seenBy("Uann").map((bubble) => bubble.requestId)).toEqual([
    line.calls[0]?.requestId,
    line.calls[0]?.requestId,
    line.calls[1]?.requestId,
  ]);
  expect(new Set(line.calls.map((call) => call.requestId)).size).toBe(3);
});

test("the same seed gives the same run, to the byte", async () => {
  const run = async () => {
    const { line, arrived, reply } = simulatedLine();
    const { replyToken } = await line.person("Uann").says("hi");
    await reply(replyToken);
    return { arrived, bubbles: line.seenBy("Uann") };
  };
  expect(await run()).toEqual(await run());
});

test("a channel reaches it without a socket, and meets the same faults", async () => {
  const { line, clock } = simulatedLine();
  let isReachable = true;
  const route = line.platformClient({ clock, sendTimeoutMs: 10_000, isReachable: () => isReachable });
  const headers = { authorization: `Bearer ${ACCESS_TOKEN}`, "content-type": "application/json" };
  const post = () =>
    route.post("/v2/bot/message/push", headers, '{"to":"Uann","messages":[{"type":"text","text":"x"}]}');
  expect((await post()).reached).toMatchObject({ phase: "answered", status: 200 });
  line.faults.next("push", { at: "after-accept", how: "disconnect" });
  expect((await post()).reached.phase).toBe("no-answer");
  line.faults.next("push", { at: "stall", delayMs: 60_000 });
  const late = post();
  await clock.advance(10_000);
  expect((await late).reached.phase).toBe("no-answer");
  isReachable = false;
  expect((await post()).reached.phase).toBe("not-sent");
  expect(line.seenBy("Uann")).toHaveLength(2);
});
