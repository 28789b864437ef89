/** Goal: turns have exactly the documented form, and answers are parsed or refused with a reason. */
import { describe, expect, test } from "vitest";
import { SAMPLE_AT, sampleTurn } from "../../test/support/sample-turn.ts";
import { parseAnswer, parseDeferredReply, parseReplies, toWireTurn } from "./protocol.ts";

describe("a turn on the wire", () => {
  test("has the documented fields, in camel case, with ISO times, and no others", () => {
    expect(JSON.parse(JSON.stringify(toWireTurn(sampleTurn())))).toEqual({
      schema: "turnpike.turn.v1",
      turnId: "turn_1",
      attempt: 1,
      fence: 7,
      channel: "line",
      account: "default",
      conversation: { id: "conv_1", kind: "user", peerId: "Uann" },
      text: "first\nsecond",
      replyBy: "2026-11-22T03:00:45.000Z",
      events: [
        {
          eventId: "evt_1",
          platformEventId: "01F1",
          type: "message",
          sentAt: "2026-11-22T02:59:59.800Z",
          receivedAt: "2026-11-22T02:59:59.900Z",
          redelivered: false,
          sender: { id: "Uann", name: null },
          message: { id: "1", type: "text", text: "first" },
        },
        expect.objectContaining({ eventId: "evt_2", message: { id: "2", type: "text", text: "second" } }),
        {
          eventId: "evt_3",
          platformEventId: "01F3",
          type: "postback",
          sentAt: "2026-11-22T02:59:59.800Z",
          receivedAt: "2026-11-22T02:59:59.900Z",
          redelivered: true,
          sender: null,
          postback: { data: "a=1", params: { date: "2026-11-22" } },
        },
      ],
    });
  });

  test("has replyBy null without a reply token, and an empty text without messages", () => {
    const [, , tap] = sampleTurn().events;
    const turn = toWireTurn(sampleTurn({ replyBy: null, events: tap === undefined ? [] : [tap] }));
    expect(turn).toMatchObject({ replyBy: null, text: "" });
  });

  test("has replyBy by the wall clock, after it was ahead once and is right again", () => {
    const replyBy = (aheadMs: number) => toWireTurn(sampleTurn({ aheadMs })).replyBy;
    expect(replyBy(86_400_000)).toBe("2026-11-21T03:00:45.000Z");
    // Clocks of one machine differ by less than a second without having been set.
    expect(replyBy(3)).toBe("2026-11-22T03:00:45.000Z");
  });

  test("keeps what another type of event says under details", () => {
    const event = {
      eventId: "evt_9",
      platformEventId: "01F9",
      type: "beacon",
      sentAt: 0,
      receivedAt: SAMPLE_AT,
      redelivered: false,
      sender: null,
      content: { details: { beacon: { hwid: "d41d8cd98f" } } },
    };
    const [wire] = toWireTurn(sampleTurn({ events: [event] })).events;
    expect(wire).toMatchObject({ sentAt: "1970-01-01T00:00:00.000Z", details: { beacon: { hwid: "d41d8cd98f" } } });
  });
});

const raw = { type: "raw", channel: "line", message: { type: "sticker", packageId: "1", stickerId: "2" } };

describe("an answer", () => {
  test.each([
    ['{"replies":["hi"]}', [{ type: "text", text: "hi" }]],
    [
      '{"replies":[{"type":"text","text":"hi"},"there"]}',
      [
        { type: "text", text: "hi" },
        { type: "text", text: "there" },
      ],
    ],
    [JSON.stringify({ replies: [raw] }), [raw]],
    ['{"replies":[]}', []],
    ['\uFEFF{"replies":["hi"]}', [{ type: "text", text: "hi" }]],
    ['{"replies":["hi"],"unheardOf":1}', [{ type: "text", text: "hi" }]],
  ])("%s is read", (body, replies) => {
    expect(parseAnswer(body)).toEqual({ ok: true, value: { replies } });
  });

  test.each([
    ["[".repeat(200_000), /^the body: read more than 100 levels of nesting$/],
    ["", /^the body is not JSON \(0 characters read\)$/],
    ["hello", /^the body is not JSON \(5 characters read\)$/],
    ["[]", /^the body: /],
    ["null", /^the body: /],
    ['"hi"', /^the body: /],
    ['{"replies":"hi"}', /^replies: /],
    ['{"replies":null}', /^replies: /],
    ["{}", /^replies: read nothing; allowed is a list$/],
    ['{"reply":"hi"}', /^replies: read nothing; allowed is a list$/],
    [JSON.stringify({ replies: Array.from({ length: 101 }, () => "hi") }), /^replies: /],
  ])("%s is refused, and the field is named", (body, reason) => {
    expect(parseAnswer(body)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  test.each([
    ['{"replies":"hi"}', "replies: read a text of 2 characters; allowed is a list"],
    [
      JSON.stringify({ replies: Array.from({ length: 101 }, () => "hi") }),
      "replies: read a list of 101; allowed is at most 100 entries",
    ],
  ])("%s: the reason says what was read and what is allowed", (body, reason) => {
    expect(parseAnswer(body)).toEqual({
      ok: false,
      reason: typeof reason === "string" ? reason : expect.stringMatching(reason),
    });
  });

  test("may have a hundred replies", () => {
    const parsed = parseAnswer(JSON.stringify({ replies: Array.from({ length: 100 }, () => "hi") }));
    expect(parsed.ok).toBe(true);
  });

  test("that is refused is not quoted: it may contain a person's message", () => {
    const secret = "my password is swordfish";
    for (const body of [secret, JSON.stringify({ replies: secret })]) {
      const parsed = parseAnswer(body);
      expect(parsed.ok).toBe(false);
      expect(JSON.stringify(parsed)).not.toContain("swordfish");
    }
  });
});

describe("a later answer", () => {
  test("needs the fence; replies and done have defaults", () => {
    expect(parseDeferredReply('{"fence":7}')).toEqual({
      ok: true,
      value: { fence: 7, replies: [], done: false, key: null },
    });
    expect(parseDeferredReply('{"fence":7,"replies":["hi"],"done":true}')).toEqual({
      ok: true,
      value: { fence: 7, replies: [{ type: "text", text: "hi" }], done: true, key: null },
    });
  });

  test("may have a seq or an idempotencyKey, which never collide", () => {
    expect(parseDeferredReply('{"fence":7,"seq":2}')).toMatchObject({ value: { key: "seq:2" } });
    expect(parseDeferredReply('{"fence":7,"idempotencyKey":"seq:2"}')).toMatchObject({ value: { key: "key:seq:2" } });
  });

  test.each([
    ['{"replies":["hi"],"done":true}', /^fence: /],
    ['{"fence":"7"}', /^fence: /],
    ['{"fence":7.5}', /^fence: /],
    ['{"fence":-1}', /^fence: /],
    ['{"fence":7,"done":"yes"}', /^done: /],
    ['{"fence":7,"seq":0}', /^seq: read a number; allowed is more than 0$/],
    [
      '{"fence":7,"idempotencyKey":""}',
      /^idempotencyKey: read a text of 0 characters; allowed is at least 1 characters$/,
    ],
    ['{"fence":7,"seq":1,"idempotencyKey":"a"}', /^idempotencyKey: read next to seq; /],
    ['{"fence":7,"replies":"hi"}', /^replies: read a text of 2 characters; allowed is a list$/],
    ["{", /not JSON/],
  ])("%s is refused, and the field is named", (body, reason) => {
    expect(parseDeferredReply(body)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});

describe("what a function returns", () => {
  test.each([
    [undefined, []],
    [null, []],
    ["hi", [{ type: "text", text: "hi" }]],
    [{ type: "text", text: "hi" }, [{ type: "text", text: "hi" }]],
    [
      ["hi", raw],
      [{ type: "text", text: "hi" }, raw],
    ],
    [[], []],
  ])("%j is read", (value, replies) => {
    expect(parseReplies(value)).toEqual({ ok: true, value: { replies } });
  });
});
