/**
 * Goal: everything Messenger sends becomes the right kind of event or receipt, for the right person.
 * Method: each fixture and what must come of it; the recorded webhooks, where they lie beside the checkout.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { specsOf } from "../../../test/support/specs.ts";
import { asVerified, Malformed } from "../channel.ts";
import { normalizeWebhook } from "./normalize.ts";

const PAGE = "100000000000001";
const ANN = "200000000000001";
const DAY = 86_400_000;

function normalize(body: unknown, change: { pageId?: string } = {}) {
  const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
  return normalizeWebhook(asVerified(bytes), { account: "default", pageId: PAGE, ...change });
}

const FIXTURES = new URL("fixtures/", import.meta.url);
const fixture = (name: string) => normalize(readFileSync(new URL(`${name}.json`, FIXTURES), "utf8"));
const only = (name: string) => {
  const { events, receipts } = fixture(name);
  expect([events.length, receipts?.length]).toEqual([1, 0]);
  return events[0];
};

describe("an event", () => {
  test.each([
    ["text", "message", "collect", { message: { id: "m_FIXTURE_text", type: "text", text: "Good morning ☀️ äöå" } }],
    ["image", "message", "collect", { message: { type: "image", url: "https://cdn.example/1.jpg" } }],
    ["audio", "message", "collect", { message: { type: "audio" } }],
    ["video", "message", "collect", { message: { type: "video" } }],
    ["file", "message", "collect", { message: { type: "file", url: "https://cdn.example/a.pdf" } }],
    ["sticker", "message", "collect", { message: { type: "sticker", text: "[sticker: 👍]" } }],
    [
      "sticker-before-2026-08",
      "message",
      "collect",
      { message: { type: "sticker", stickerId: "369239263222822", text: "[sticker: 👍]" } },
    ],
    ["link", "message", "collect", { message: { type: "text", text: "https://example.com/page" } }],
    ["location", "message", "collect", { message: { type: "location", text: "[location] (35.6, 139.7)" } }],
    ["reply", "message", "collect", { message: { text: "this one" }, quoted: { messageId: "m_FIXTURE_text" } }],
    ["quick-reply", "postback", "collect-now", { postback: { data: "COLOR=RED", params: { title: "Red" } } }],
    ["postback", "postback", "collect-now", { postback: { data: "BUY", params: { title: "Buy" } } }],
    ["postback-without-mid", "postback", "collect-now", { postback: { data: "GET_STARTED" } }],
    ["postback-with-referral", "postback", "collect-now", { postback: { params: { "referral.ref": "flyer" } } }],
    ["referral", "referral", "collect-now", { details: { ref: "flyer" } }],
    ["optin", "optin", "collect-now", { details: { payload: "news" } }],
    ["reaction", "reaction", "store", { details: { action: "react", emoji: "❤" } }],
    ["reaction-taken-back", "reaction", "store", { details: { action: "unreact" } }],
    ["edit", "messageEdited", "store", { message: { text: "Good evening", num_edit: 1 } }],
    ["echo-by-hand", "echo", "store", { message: { text: "This is Mika from the shop." } }],
    ["echo-without-app", "echo", "store", { message: { text: "Bot response" } }],
    ["unknown-type", "other", "store", { details: { hologram: { depth: 3 } } }],
  ])("%s is a %s and does %s", (name, type, effect, content) => {
    const event = only(name);
    expect(event).toMatchObject({ type, effect, content });
    expect(event?.conversation).toEqual({ channel: "messenger", account: "default", kind: "user", peerId: ANN });
    expect(event?.token).toBeNull();
  });

  test.each([
    [{ attachments: [{ type: "sticker", payload: { sticker_id: 7 } }] }, "sticker", "[sticker]"],
    [
      { attachments: [{ type: "fallback", title: "A page", url: "https://a.example" }] },
      "fallback",
      "[link] A page https://a.example",
    ],
    [
      { attachments: [{ type: "ig_reel", payload: { title: "Look", url: "https://b.example" } }] },
      "ig_reel",
      "[ig_reel] Look https://b.example",
    ],
    [{ attachments: [{ type: "location", title: "Pinned", payload: {} }] }, "location", "[location] Pinned"],
    [{ attachments: [{ type: "unsupported_type" }] }, "unsupported_type", "[unsupported message]"],
    [{ text: "" }, "other", "[unsupported message]"],
    [{ attachments: [{ type: "image", payload: { url: "https://c.example" } }] }, "image", undefined],
  ])("of %j is a message of type %s with the text %j", (message, type, text) => {
    const item = { sender: { id: ANN }, recipient: { id: PAGE }, timestamp: 1, message: { mid: "m1", ...message } };
    const read = normalize({ object: "page", entry: [{ id: PAGE, messaging: [item] }] }).events[0]?.content.message;
    expect([read?.type, read?.text]).toEqual([type, text]);
  });

  test("a message's own id is its key; without one, or with that of another message, the key is a hash of the content", () => {
    expect(only("text")?.dedupKeys).toEqual(["m_FIXTURE_text"]);
    expect(only("postback")?.dedupKeys).toEqual(["m_FIXTURE_postback"]);
    for (const name of ["postback-without-mid", "reaction", "edit", "referral"]) {
      expect(only(name)?.dedupKeys).toEqual([expect.stringMatching(/^hash:[0-9a-f]{64}$/)]);
    }
  });

  test("two people who say the same at the same moment are two", () => {
    const { events } = fixture("two-people");
    expect(new Set(events.map((event) => event.conversation.peerId)).size).toBe(2);
    const tap = (id: string) => ({
      sender: { id },
      recipient: { id: PAGE },
      timestamp: 1,
      postback: { payload: "GO" },
    });
    const taps = normalize({ object: "page", entry: [{ id: PAGE, messaging: [tap("1"), tap("2")] }] }).events;
    expect(new Set(taps.flatMap((event) => event.dedupKeys)).size).toBe(2);
  });

  test("a person's action opens the window for a day; other events don't", () => {
    for (const name of ["text", "postback", "reaction", "referral"]) expect(only(name)?.windowMs).toBe(DAY);
    for (const name of ["echo-by-hand", "edit", "unknown-type"]) expect(only(name)?.windowMs).toBeUndefined();
  });

  test("while another app has the conversation nothing is answered and no window opens", () => {
    const { events } = fixture("standby");
    expect(events.map(({ type, effect, windowMs }) => [type, effect, windowMs])).toEqual([
      ["message", "store", undefined],
      ["postback", "store", undefined],
    ]);
    expect(fixture("handover").events.map(({ type, effect }) => [type, effect])).toEqual(
      Array.from({ length: 3 }, () => ["handover", "store"]),
    );
  });

  test("an answer from the inbox or another app is a human agent's, and without an app it may be the page's greeting", () => {
    expect(only("echo-by-hand")).toMatchObject({ type: "echo", answeredBy: "human", sender: null });
    expect(only("echo-without-app")).toMatchObject({ type: "echo", answeredBy: "maybe-greeting", sender: null });
    expect(only("text")?.answeredBy).toBeUndefined();
  });

  test("an edit names the message and counts its edits, also by a text; without a count its time decides", () => {
    const edit = only("edit");
    expect(edit).toMatchObject({
      type: "messageEdited",
      effect: "store",
      content: { message: { text: "Good evening" } },
    });
    expect(edit?.revises).toEqual({ kind: "edit", of: only("text")?.dedupKeys[0], version: 1 });
    const counted = (num_edit: unknown) => edited({ mid: "m_1", text: "Hi", num_edit })?.revises;
    expect(["3", 4, undefined].map(counted)).toMatchObject([
      { version: 3 },
      { version: 4 },
      { version: 1_795_316_420_000 },
    ]);
  });

  test.each([{}, { text: "" }, { text: null }, { attachments: [] }])(
    "an edit without a new text rewords nothing, and is kept as it came: %j",
    (without) => {
      const message_edit = { mid: "m_1", num_edit: 1, ...without };
      const event = edited(message_edit);
      expect(event).toMatchObject({ type: "messageEdited", effect: "store", revises: null });
      expect(event?.content).toEqual({ details: message_edit });
    },
  );

  function edited(message_edit: object) {
    const messaging = [{ sender: { id: "2" }, timestamp: 1_795_316_420_000, message_edit }];
    return normalize(JSON.stringify({ object: "page", entry: [{ id: PAGE, messaging }] })).events[0];
  }
});

describe("a receipt", () => {
  test("the echo of our message has its delivery id", () => {
    const { events, receipts } = fixture("echo-ours");
    expect(events).toEqual([]);
    expect(receipts).toMatchObject([
      { status: "echo", deliveryId: "dlv_0197000000007000800000000000000a", platformMessageIds: ["m_FIXTURE_own"] },
    ]);
  });

  test("delivery and read marks carry ids and a watermark for the conversation", () => {
    const mark = { conversation: { peerId: ANN }, at: 1_795_316_421_000 };
    expect(fixture("delivery").receipts).toMatchObject([
      { status: "delivered", platformMessageIds: ["m_FIXTURE_own"], watermark: mark },
    ]);
    expect(fixture("delivery-without-mids").receipts).toMatchObject([{ status: "delivered", platformMessageIds: [] }]);
    expect(fixture("read").receipts).toMatchObject([{ status: "read", watermark: { at: 1_795_316_423_000 } }]);
    expect(fixture("read").events).toEqual([]);
  });
});

describe("a body", () => {
  test("with several pages gives this page's events and reports the others", () => {
    const { events, elsewhere } = fixture("another-page");
    expect(events.map((event) => event.content.message?.text)).toEqual(["here"]);
    expect(elsewhere).toEqual(["100000000000002"]);
    const body = readFileSync(new URL("another-page.json", FIXTURES), "utf8");
    const there = normalize(body, { pageId: "100000000000002" });
    expect(there.events.map((event) => event.content.message?.text)).toEqual(["there"]);
  });

  test("with several items in one entry loses none", () => {
    expect(fixture("several-in-one-entry").events).toHaveLength(2);
  });

  test("of another object is taken and ignored", () => {
    const { events, ignored } = normalize({ object: "instagram", entry: [{ id: PAGE, messaging: [{}] }, {}] });
    expect([events.length, ignored]).toEqual([0, 2]);
  });

  test.each(["", "[]", "null", "7", '{"object":"page"}', '{"entry":{}}'])(
    "that is no webhook is malformed: %j",
    (body) => {
      expect(() => normalize(body)).toThrow(Malformed);
    },
  );

  test("every fixture is read here or above", () => {
    expect(readdirSync(FIXTURES).length).toBeGreaterThan(25);
  });
});

const { folder, isMissing, note } = specsOf("recorded-webhooks");

describe.skipIf(isMissing)(`recorded webhooks${note}`, () => {
  const recorded = isMissing
    ? {}
    : (JSON.parse(readFileSync(new URL("dm-messenger.json", folder), "utf8")) as Record<string, unknown>);

  test.each([
    ["firstMessage", "message", "collect"],
    ["secondMessage", "message", "collect"],
    ["reactionAdded", "reaction", "store"],
    ["reactionRemoved", "reaction", "store"],
    ["postbackClick", "postback", "collect-now"],
    ["legacyPostback", "postback", "collect-now"],
    ["imageAttachment", "message", "collect"],
    ["echoMessage", "echo", "store"],
  ])("%s is a %s", (name, type, effect) => {
    const { events, receipts } = normalize(recorded[name], { pageId: String(recorded.pageId) });
    expect(receipts).toEqual([]);
    expect(events).toMatchObject([{ type, effect, conversation: { peerId: "200000000000001" } }]);
  });

  test.each([
    ["deliveryConfirmation", "delivered"],
    ["readConfirmation", "read"],
  ])("%s is a receipt: %s", (name, status) => {
    const { events, receipts } = normalize(recorded[name], { pageId: String(recorded.pageId) });
    expect(events).toEqual([]);
    expect(receipts).toMatchObject([{ status }]);
  });

  test("none of them is left out", () => {
    const bodies = Object.values(recorded).filter((value) => typeof value === "object");
    expect(bodies).toHaveLength(10);
  });
});
