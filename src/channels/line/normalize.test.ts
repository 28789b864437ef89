/**
 * Goal: every event becomes what the design says, its keys are the same in every copy, and no unknown content
 * makes it throw.
 * Method: the fixtures, small variations of them, and any JSON at all.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InboundEvent } from "../../core/event.ts";
import { asVerified, Malformed } from "../channel.ts";
import { type NormalizeOptions, normalizeWebhook, UNKNOWN_PEER } from "./normalize.ts";

const options: NormalizeOptions = {
  account: "shop",
  replyTokenTtlMs: 50_000,
  turnEvents: ["message", "postback", "follow", "join"],
  groupTrigger: "every",
  groupPrefix: null,
  botUserId: null,
};
const MINUTE = 60_000;

interface Body {
  events: Record<string, unknown>[];
}

function fixture(name: string): Body {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")) as Body;
}

function normalize(body: unknown, changed: Partial<NormalizeOptions> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return normalizeWebhook(asVerified(new TextEncoder().encode(text)), { ...options, ...changed });
}

/** The one event of a fixture, with some of its fields replaced or, by `undefined`, removed. */
function only(name: string, changed: Record<string, unknown> = {}): InboundEvent {
  const [event] = fixture(name).events;
  const { events } = normalize({ events: [{ ...event, ...changed }] });
  expect(events).toHaveLength(1);
  return events[0] as InboundEvent;
}

describe("a text message", () => {
  test("carries its words, its sender, both of its keys and a token", () => {
    const { raw, ...event } = only("text");
    expect(event).toEqual({
      conversation: { channel: "line", account: "shop", kind: "user", peerId: `U${"a".repeat(32)}` },
      platformEventId: "01KAN000000000000000000001",
      dedupKeys: ["01KAN000000000000000000001", "message:500000000000001001"],
      type: "message",
      effect: "collect",
      sentAt: 1_795_316_401_000,
      redelivered: false,
      sender: { id: `U${"a".repeat(32)}`, name: null },
      content: {
        message: {
          id: "500000000000001001",
          type: "text",
          text: "Is the shop open on Sunday? ☀️",
          quoteToken: "q1",
          markAsReadToken: "r1",
        },
      },
      token: { token: "0000000000000000000000000abc0001", ttlMs: 50_000, notAfter: null, grantedAt: 1795316401000 },
      revises: null,
    });
    expect(raw).toEqual(fixture("text").events[0]);
  });

  test("in a group belongs to the group and names who spoke", () => {
    const event = only("group-mention");
    expect(event.conversation).toMatchObject({ kind: "group", peerId: `C${"9".repeat(32)}` });
    expect(event.sender).toEqual({ id: `U${"a".repeat(32)}`, name: null });
    expect(event.content.message).toMatchObject({ mention: { mentionees: [{ isSelf: true }] } });
  });

  test("in a room belongs to the room", () => {
    expect(only("room-text").conversation).toMatchObject({ kind: "room", peerId: `R${"8".repeat(32)}` });
  });
});

test.each([
  ["image", { contentProvider: { type: "line" }, imageSet: { index: 1, total: 2 } }],
  ["video", { duration: 4_200, contentProvider: { type: "external" } }],
  ["audio", { duration: 1_800 }],
  ["file", { fileName: "order.pdf", fileSize: 20_480 }],
  ["location", { title: "Harbour", address: "1 Quay Street", latitude: 35.4437, longitude: 139.638 }],
  ["sticker", { packageId: "446", stickerId: "1988", keywords: ["hello", "wave"] }],
])("a message of type %s keeps LINE's own fields and is collected", (type, fields) => {
  const event = only(type);
  expect(event.effect).toBe("collect");
  expect(event.content.message).toMatchObject({ type, id: expect.stringMatching(/^5\d+$/), ...fields });
  if (event.content.message?.contentProvider !== undefined) expect(event.content.message).not.toHaveProperty("text");
});

describe("in a group", () => {
  const ask = (changed: Partial<NormalizeOptions>, message: Record<string, unknown>, name = "group-mention") => {
    const [event] = fixture(name).events;
    const given = { ...event, message: { id: "9", type: "text", ...message } };
    return normalize({ events: [given] }, changed).events[0]?.effect;
  };
  const self = { mention: { mentionees: [{ type: "user", index: 0, length: 4, isSelf: true }] } };
  const other = { mention: { mentionees: [{ type: "user", index: 0, length: 4, isSelf: false }] } };
  const all = { mention: { mentionees: [{ type: "all", index: 0, length: 4 }] } };

  test.each([
    ["every", { text: "hi" }, "collect"],
    ["mention", { text: "hi" }, "store"],
    ["mention", { text: "@bot hi", ...self }, "collect"],
    ["mention", { text: "@ann hi", ...other }, "store"],
    ["mention", { text: "@All hi", ...all }, "store"],
    ["mention", { type: "image" }, "store"],
    ["mention", { text: "hi", mention: { mentionees: "odd" } }, "store"],
    ["mention-or-all", { text: "@All hi", ...all }, "collect"],
    ["mention-or-all", { text: "@bot hi", ...self }, "collect"],
    ["mention-or-all", { text: "hi" }, "store"],
  ] as const)("with trigger %s a message %j does %s", (groupTrigger, message, effect) => {
    expect(ask({ groupTrigger }, message)).toBe(effect);
  });

  test("a message may begin with the bot's prefix instead of a mention", () => {
    const asked = { groupTrigger: "mention", groupPrefix: "!shop" } as const;
    expect(ask(asked, { text: " !SHOP open?" })).toBe("collect");
    expect(ask(asked, { text: "the !shop is open" })).toBe("store");
    expect(ask(asked, { type: "image" })).toBe("store");
  });

  test("a tapped button and an invitation are for the bot, and so is everything in a chat of two", () => {
    const [event] = fixture("postback").events;
    const source = { type: "group", groupId: `C${"9".repeat(32)}`, userId: `U${"a".repeat(32)}` };
    const tapped = normalize({ events: [{ ...event, source }] }, { groupTrigger: "mention" });
    expect(tapped.events[0]?.effect).toBe("collect-now");
    expect(ask({ groupTrigger: "mention" }, { text: "hi" }, "text")).toBe("collect");
  });

  test("a message that isn't for the bot keeps its reply token", () => {
    const [event] = fixture("room-text").events;
    expect(normalize({ events: [event] }, { groupTrigger: "mention" }).events[0]).toMatchObject({
      effect: "store",
      token: { token: expect.any(String) },
    });
  });
});

describe("which types open a turn is a setting", () => {
  test("and one that isn't listed is stored", () => {
    const turnEvents = ["message", "beacon", "messageEdited"];
    const of = (name: string) => normalize(fixture(name), { turnEvents }).events;
    expect(of("follow").map(({ effect }) => effect)).toEqual(["store"]);
    expect(of("message-edited").map(({ effect }) => effect)).toEqual(["collect"]);
    const others = of("other-kinds").filter(({ effect }) => effect !== "store");
    expect(others).toMatchObject([{ type: "beacon", effect: "collect-now" }]);
  });
});

test("a webhook that is addressed to another bot is refused, once our own id is known", () => {
  const body = fixture("text") as Body & { destination: string };
  expect(normalize(body, { botUserId: body.destination }).events).toHaveLength(1);
  expect(() => normalize(body, { botUserId: `U${"1".repeat(32)}` })).toThrow(/destination is another bot .* shop/);
  expect(normalize({ events: body.events }, { botUserId: `U${"1".repeat(32)}` }).events).toHaveLength(1);
});

test("a message of an unknown type is still a message", () => {
  const event = only("text", { message: { id: "7", type: "Hologram", depth: 3 } });
  expect(event).toMatchObject({ type: "message", effect: "collect", dedupKeys: [expect.any(String), "message:7"] });
  expect(event.content.message).toEqual({ id: "7", type: "hologram", text: "[hologram]", depth: 3 });
});

test("two people in one body are two conversations", () => {
  const { events } = normalize(fixture("two-people"));
  expect(events.map((event) => event.conversation.peerId)).toEqual([`U${"a".repeat(32)}`, `U${"b".repeat(32)}`]);
});

test("a postback asks for an answer now, with its data and its parameters", () => {
  const [booking, listing] = normalize(fixture("postback")).events;
  expect(booking).toMatchObject({ type: "postback", effect: "collect-now" });
  expect(booking?.content).toEqual({
    postback: { data: "action=book&room=12", params: { datetime: "2026-12-24T18:30" } },
  });
  expect(listing?.content).toEqual({ postback: { data: "action=list" } });
});

test("a follow and a join ask for an answer now; other events are only stored", () => {
  const events = [
    "follow",
    "unfollow",
    "group-life",
    "message-edited",
    "account-link",
    "other-kinds",
    "unsend",
  ].flatMap((name) => normalize(fixture(name)).events);
  expect(Object.fromEntries(events.map((event) => [event.type, event.effect]))).toEqual({
    follow: "collect-now",
    unfollow: "store",
    join: "collect-now",
    memberJoined: "store",
    memberLeft: "store",
    leave: "store",
    messageEdited: "store",
    accountLink: "store",
    videoPlayComplete: "store",
    beacon: "store",
    membership: "store",
    module: "store",
    activated: "store",
    deactivated: "store",
    botSuspended: "store",
    botResumed: "store",
    delivery: "store",
    unsend: "store",
  });
});

test("other events keep what they say, under LINE's names", () => {
  expect(only("follow").content).toEqual({ details: { follow: { isUnblocked: false } } });
  expect(only("unfollow").content).toEqual({});
  expect(only("account-link").content).toEqual({ details: { link: { result: "ok", nonce: "nonce-2" } } });
});

test("an unsend has the key of the retracted message", () => {
  const unsend = only("unsend");
  expect(unsend).toMatchObject({ type: "unsend", effect: "store", token: null });
  expect(unsend.revises).toEqual({ kind: "retract", of: only("text").dedupKeys[1] });
});

test("an edited message is an event of its own: it has the message's id but not its key, which it revises", () => {
  const edited = only("message-edited");
  expect(edited.dedupKeys).toHaveLength(1);
  expect(edited.revises).toEqual({
    kind: "edit",
    of: `message:${edited.content.message?.id}`,
    version: edited.sentAt,
  });
});

test("an image of a set is a part of it; without a place in a set it stands alone", () => {
  expect(only("image").part).toEqual({ setId: "SET1", index: 1, total: 2 });
  const withSet = (imageSet: unknown) => {
    const message = { id: "1", type: "image", imageSet };
    const event = { type: "message", source: { type: "user", userId: "U1" }, timestamp: 1, message };
    return normalize(JSON.stringify({ events: [event] })).events[0]?.part;
  };
  // LINE for Android before 11.15 leaves index and total out.
  for (const odd of [
    { id: "S" },
    { id: "S", index: 1, total: 1 },
    { id: "S", index: 3, total: 2 },
    { id: "S", index: "1", total: "2" },
    "S",
  ]) {
    expect(withSet(odd)).toBeUndefined();
  }
});

test("regression: an event in standby is stored and never answered", () => {
  expect(only("standby")).toMatchObject({ type: "message", effect: "store", token: null });
  // Even if a token came with it.
  expect(only("text", { mode: "standby" })).toMatchObject({ effect: "store", token: null });
  expect(only("follow", { mode: "standby" })).toMatchObject({ effect: "store", token: null });
});

test("an event without a source is stored for an unknown peer and never answered", () => {
  const event = only("account-link-failed");
  expect(event).toMatchObject({ type: "accountLink", effect: "store", sender: null, token: null });
  expect(event.conversation).toMatchObject({ kind: "user", peerId: UNKNOWN_PEER });
  // Strangers must not meet in one conversation.
  expect(only("text", { source: undefined })).toMatchObject({ effect: "store", token: null });
  expect(only("text", { source: { type: "square", squareId: "S1" } })).toMatchObject({ effect: "store", token: null });
});

test("an unknown type, or a known one without its own part, is other and is stored", () => {
  expect(only("unknown-type")).toMatchObject({ type: "other", effect: "store" });
  expect(only("unknown-type").content).toEqual({ details: { hologram: { depth: 3 } } });
  expect(only("text", { message: undefined })).toMatchObject({ type: "other", effect: "store" });
  expect(only("postback", { postback: { data: 7 } })).toMatchObject({ type: "other", effect: "store" });
  expect(only("text", { type: undefined })).toMatchObject({ type: "other", effect: "store" });
});

describe("a redelivered event", () => {
  test("regression: is accepted like any other, because the first copy may be lost", () => {
    expect(only("redelivered")).toMatchObject({ redelivered: true, effect: "collect" });
  });

  test("has a token that expires 20 minutes after the event", () => {
    const event = only("redelivered");
    expect(event.token).toMatchObject({ ttlMs: 50_000, notAfter: event.sentAt + 20 * MINUTE, grantedAt: null });
  });

  test("without a timestamp has a token with the usual lifetime", () => {
    const event = only("redelivered", { timestamp: undefined });
    expect(event.sentAt).toBe(0);
    expect(event.token).toMatchObject({ notAfter: null });
  });
});

describe("an event without an id", () => {
  const lost = { webhookEventId: undefined };

  test("gets a hash of its content, the same in every copy and in any order of fields", () => {
    const first = only("postback", lost);
    const again = only("postback", { ...lost, deliveryContext: { isRedelivery: true } });
    expect(first.platformEventId).toMatch(/^hash:[0-9a-f]{64}$/);
    expect(again.dedupKeys).toEqual(first.dedupKeys);

    const [event] = fixture("postback").events;
    const turned = Object.fromEntries(Object.entries({ ...event, ...lost }).reverse());
    expect(normalize({ events: [turned] }).events[0]?.dedupKeys).toEqual(first.dedupKeys);
  });

  test("regression: differs when somebody else says the same, or the same person a moment later", () => {
    const said = [
      only("postback", lost),
      only("postback", { ...lost, source: { type: "user", userId: "Uother" } }),
      only("postback", { ...lost, timestamp: 1_795_316_499_000 }),
      only("postback", { ...lost, postback: { data: "action=other" } }),
    ];
    expect(new Set(said.map((event) => event.platformEventId)).size).toBe(said.length);
  });
});

test.each(["0".repeat(32), "f".repeat(32)])("the console's dummy token %s makes an event ignored", (replyToken) => {
  const [event] = fixture("text").events;
  expect(normalize({ events: [{ ...event, replyToken }] })).toEqual({ events: [], ignored: 1 });
  expect(normalize({ events: [{ ...event, replyToken }, event] })).toMatchObject({ events: [{}], ignored: 1 });
});

test("the console's test of the endpoint has no events", () => {
  expect(normalize(fixture("verify"))).toEqual({ events: [], ignored: 0 });
});

test.each([
  ["not JSON", "hello"],
  ["empty", ""],
  ["a list", "[]"],
  ["null", "null"],
  ["an object without events", "{}"],
  ["events that aren't a list", '{"events":{}}'],
])("a body that is %s is malformed, and its words are not repeated", (_name, body) => {
  expect(() => normalize(body)).toThrow(Malformed);
  expect(() => normalize('{"secret words')).toThrow(/^the body is not JSON$/);
});

test("white space, odd order and unknown fields change nothing", () => {
  const { destination: _, ...rest } = fixture("text") as Body & { destination: string };
  const odd = ` \n${JSON.stringify({ unheardOf: [1], ...rest }, null, 4)}\r\n`;
  expect(normalize(odd)).toEqual(normalize(fixture("text")));
});

test("a timestamp that isn't a number is none, even one that can't be made into one", () => {
  for (const timestamp of ["1795316401000", null, -1, 1e300, {}, { toString: "", orDefault: 1 }]) {
    expect(only("text", { timestamp }).sentAt).toBe(0);
  }
});

test("property: any JSON is normalized, and each event gets a key", () => {
  const names = fc.constantFrom("type", "source", "message", "mode", "timestamp", "webhookEventId", "replyToken", "x");
  const types = fc.constantFrom("message", "postback", "unsend", "follow", "constructor", "__proto__", "odd");
  const event = fc.dictionary(names, fc.oneof(fc.jsonValue(), types));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.jsonValue(), event)), (events) => {
      const { events: normalized, ignored } = normalize({ events });
      expect(normalized).toHaveLength(events.length - ignored);
      for (const { dedupKeys, sentAt } of normalized) {
        expect(dedupKeys[0]).not.toBe("");
        expect(Number.isSafeInteger(sentAt)).toBe(true);
      }
    }),
  );
});

test("a tap on our own button is no agent's postback: it opens no turn and keeps its callback token and token", () => {
  const postback = { data: "turnpike:answer:tap_1" };
  const [tapped] = normalize({ events: [{ ...postbackEvent(), postback }] }).events;
  expect(tapped).toMatchObject({
    type: "buttonCallback",
    effect: "store",
    callbackToken: "tap_1",
    token: { token: "r" },
  });
  const [agents] = normalize({ events: [postbackEvent()] }).events;
  expect(agents).toMatchObject({ type: "postback", effect: "collect-now" });
  expect(agents?.callbackToken).toBeUndefined();
});

function postbackEvent() {
  const source = { type: "user", userId: "Uann" };
  return { type: "postback", mode: "active", timestamp: 1, replyToken: "r", source, postback: { data: "buy" } };
}
