/**
 * Goal: a phone shows each message in the form that its platform has, offers what can be tapped there, and shows anything else
 * as it is. Method: messages as the platforms' documents have them, and any JSON with fast-check.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawnOf, isTappable } from "./drawing.ts";

const drawn = (channel: string, message: unknown, text: string | null = null) => drawnOf(channel, { text, message });
const tap = (label: string, command: string, input: Readonly<Record<string, unknown>>) => ({
  label,
  order: { command, input },
  address: null,
});
const link = (label: string, address: string) => ({ label, order: null, address });

describe("on LINE", () => {
  test("a text is its text, and an edited one what it says now", () => {
    expect(drawn("line", { type: "text", text: "hi" }, "hi")).toEqual([{ kind: "text", text: "hi" }]);
    expect(drawn("line", { type: "text", text: "hi" }, "ho")).toEqual([{ kind: "text", text: "ho" }]);
  });

  test("quick replies stand beside the words, and their taps are a postback or a message", () => {
    const items = [
      { type: "action", action: { type: "postback", label: "Yes", data: "y=1", displayText: "Yes" } },
      { type: "action", action: { type: "message", label: "No", text: "No, thanks" } },
      { type: "action", action: { type: "camera", label: "Photo" } },
    ];
    expect(drawn("line", { type: "text", text: "Well?", quickReply: { items } }, "Well?")).toEqual([
      { kind: "text", text: "Well?" },
      {
        kind: "quickReplies",
        taps: [
          tap("Yes", "taps", { data: "y=1" }),
          tap("No", "says", { text: "No, thanks" }),
          { label: "Photo", order: null, address: null },
        ],
      },
    ]);
  });

  test("a sticker has its number, and a picture the address that isn't loaded", () => {
    expect(drawn("line", { type: "sticker", packageId: "446", stickerId: "1988" })).toEqual([
      { kind: "sticker", number: "446/1988" },
    ]);
    expect(drawn("line", { type: "image", originalContentUrl: "https://a.example/b.png" })).toEqual([
      { kind: "media", media: "image", address: "https://a.example/b.png", name: null },
    ]);
    expect(drawn("line", { type: "image", contentProvider: { type: "line" } })).toEqual([
      { kind: "media", media: "image", address: null, name: null },
    ]);
  });

  test("a flex carousel is a card for each bubble, with its words, picture and buttons", () => {
    const bubble = {
      type: "bubble",
      hero: { type: "image", url: "https://a.example/1.png" },
      body: {
        type: "box",
        contents: [
          { type: "text", text: "Room 1", weight: "bold" },
          { type: "box", contents: [{ type: "text", text: "with a view" }] },
        ],
      },
      footer: { type: "box", contents: [{ type: "button", action: { type: "postback", label: "Book", data: "b" } }] },
    };
    const second = {
      type: "bubble",
      footer: {
        type: "box",
        contents: [{ type: "button", action: { type: "uri", label: "Map", uri: "https://m.example" } }],
      },
    };
    expect(
      drawn("line", { type: "flex", altText: "Rooms", contents: { type: "carousel", contents: [bubble, second] } }),
    ).toEqual([
      {
        kind: "cards",
        cards: [
          {
            title: "Room 1",
            text: "with a view",
            address: "https://a.example/1.png",
            taps: [tap("Book", "taps", { data: "b" })],
          },
          { title: null, text: null, address: null, taps: [link("Map", "https://m.example")] },
        ],
      },
    ]);
  });

  test("a confirm template is its question and its buttons", () => {
    const actions = [{ type: "postback", label: "Yes", data: "1" }];
    expect(drawn("line", { type: "template", template: { type: "confirm", text: "Sure?", actions } })).toEqual([
      { kind: "text", text: "Sure?" },
      { kind: "buttons", taps: [tap("Yes", "taps", { data: "1" })] },
    ]);
  });
});

describe("on Messenger", () => {
  test("quick replies are picked and buttons are tapped, each with its title", () => {
    const replies = [{ content_type: "text", title: "Yes", payload: "y" }];
    expect(drawn("messenger", { text: "Well?", quick_replies: replies }, "Well?")).toEqual([
      { kind: "text", text: "Well?" },
      { kind: "quickReplies", taps: [tap("Yes", "picks", { data: "y", title: "Yes" })] },
    ]);
    const buttons = [
      { type: "postback", title: "Book", payload: "b" },
      { type: "web_url", title: "Map", url: "https://m.example" },
    ];
    const payload = { template_type: "button", text: "Here", buttons };
    expect(drawn("messenger", { attachment: { type: "template", payload } })).toEqual([
      { kind: "text", text: "Here" },
      { kind: "buttons", taps: [tap("Book", "taps", { data: "b", title: "Book" }), link("Map", "https://m.example")] },
    ]);
  });

  test("a generic template is cards side by side, and what a person sends is drawn as well", () => {
    const elements = [{ title: "Room 1", subtitle: "with a view", image_url: "https://a.example/1.png" }];
    expect(
      drawn("messenger", { attachment: { type: "template", payload: { template_type: "generic", elements } } }),
    ).toEqual([
      {
        kind: "cards",
        cards: [{ title: "Room 1", text: "with a view", address: "https://a.example/1.png", taps: [] }],
      },
    ]);
    const attachments = [
      { type: "image", payload: { url: "https://a.example/2.png" } },
      { type: "sticker", payload: { url: "https://a.example/s.png", sticker_id: 369 } },
    ];
    expect(drawn("messenger", { attachments })).toEqual([
      { kind: "media", media: "image", address: "https://a.example/2.png", name: null },
      { kind: "sticker", number: "369" },
    ]);
  });
});

describe("on WhatsApp", () => {
  test("reply buttons and the rows of a list are tapped by their ids, and a link is shown", () => {
    const buttons = [{ type: "reply", reply: { id: "y", title: "Yes" } }];
    const header = { type: "image", image: { link: "https://a.example/1.png" } };
    const asked = { type: "button", header, body: { text: "Well?" }, footer: { text: "Today" }, action: { buttons } };
    expect(drawn("whatsapp", { type: "interactive", interactive: asked }, "Well?")).toEqual([
      { kind: "media", media: "image", address: "https://a.example/1.png", name: null },
      { kind: "text", text: "Well?\nToday" },
      { kind: "buttons", taps: [tap("Yes", "taps", { id: "y", title: "Yes" })] },
    ]);
    const sections = [{ rows: [{ id: "1", title: "Room 1", description: "Room 1 with a view" }] }];
    expect(
      drawn("whatsapp", {
        type: "interactive",
        interactive: { type: "list", body: { text: "Which?" }, action: { sections } },
      }),
    ).toEqual([
      { kind: "text", text: "Which?" },
      { kind: "buttons", taps: [tap("Room 1 with a view", "taps", { id: "1", title: "Room 1" })] },
    ]);
    const parameters = { display_text: "Map", url: "https://m.example" };
    expect(
      drawn("whatsapp", {
        type: "interactive",
        interactive: { type: "cta_url", body: { text: "Here" }, action: { parameters } },
      }),
    ).toEqual([
      { kind: "text", text: "Here" },
      { kind: "buttons", taps: [link("Map", "https://m.example")] },
    ]);
  });

  test("a file has its name and its caption", () => {
    const document = { link: "https://a.example/plan.pdf", filename: "plan.pdf", caption: "The plan" };
    expect(drawn("whatsapp", { type: "document", document }, "The plan")).toEqual([
      { kind: "media", media: "file", address: "https://a.example/plan.pdf", name: "plan.pdf" },
      { kind: "text", text: "The plan" },
    ]);
  });

  test("what a person tapped is its title", () => {
    const interactive = { type: "button_reply", button_reply: { id: "y", title: "Yes" } };
    expect(drawn("whatsapp", { type: "interactive", interactive })).toEqual([{ kind: "text", text: "Yes" }]);
  });
});

test("a type that nobody knows is its text, or else its JSON", () => {
  expect(drawn("line", { type: "hologram" }, "hi")).toEqual([{ kind: "text", text: "hi" }]);
  expect(drawn("line", { type: "hologram" })).toEqual([{ kind: "json", text: '{\n  "type": "hologram"\n}' }]);
  expect(drawn("pigeon", { type: "text", text: "hi" })).toEqual([
    { kind: "json", text: expect.stringContaining("hi") },
  ]);
  expect(drawn("toString", null)).toEqual([{ kind: "json", text: "null" }]);
});

test("a button can be tapped where the simulator has its command, and a link nowhere", () => {
  expect(isTappable(tap("Yes", "taps", {}), ["says", "taps"])).toBe(true);
  expect(isTappable(tap("Yes", "picks", {}), ["says", "taps"])).toBe(false);
  expect(isTappable(link("Map", "https://m.example"), ["taps"])).toBe(false);
});

const NAMES = [
  "type",
  "text",
  "template",
  "contents",
  "quickReply",
  "items",
  "action",
  "attachment",
  "payload",
  "interactive",
];
const TYPES = ["text", "flex", "template", "bubble", "carousel", "box", "interactive", "button", "image", "sticker"];
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(...TYPES, null, 7, "", true),
    fc.string(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie("value"), { maxKeys: 5 }),
  ),
})).value;

test("whatever is sent, something is shown of it, and nothing but texts is", () => {
  fc.assert(
    fc.property(fc.constantFrom("line", "messenger", "whatsapp"), anything, (channel, message) => {
      const all = drawn(channel, message);
      expect(all.length).toBeGreaterThan(0);
      for (const part of all) if (part.kind === "text") expect(part.text).not.toBe("");
      expect(() => JSON.stringify(all)).not.toThrow();
    }),
  );
});
