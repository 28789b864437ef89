/**
 * Goal: every reply becomes messages that LINE accepts, without losing content.
 * Method: examples of each kind of reply at and beyond its limits; any reply at all against the simulator's rules, and
 * every word of it looked for in what is sent.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyReply, saidIn, squeezed, wordsOf } from "../../../test/support/any-reply.ts";
import { packCalls } from "../../core/pack-calls.ts";
import type { Reply } from "../../core/reply.ts";
import { TEXT_LIMIT } from "./render/piece.ts";
import { MESSAGES_PER_CALL, renderReplies } from "./render.ts";
import { checkMessages } from "./simulator/messages.ts";

const NOTHING = { message: () => null };
const render = (...replies: Reply[]) => renderReplies(replies, NOTHING);
const messagesOf = (...replies: Reply[]) => render(...replies).messages as Record<string, unknown>[];
const text = (words: string) => ({ type: "text", text: words }) as const;
const URL = "https://files.example/menu%20of%20today.pdf";

function problemsOf(messages: readonly unknown[]) {
  return messages.flatMap((message) => checkMessages([message]) ?? []);
}

describe("texts", () => {
  test("and raw messages keep their order", () => {
    const sticker = { type: "sticker", packageId: "446", stickerId: "1988" };
    expect(render(text("one"), { type: "raw", channel: "line", message: sticker }, text("two"))).toEqual({
      messages: [text("one"), sticker, text("two")],
      adapted: [],
    });
  });

  test("that are empty or white space are left out: LINE would refuse the whole call", () => {
    expect(messagesOf(text(""), text(" \n\t"), text("here"))).toEqual([text("here")]);
    expect(messagesOf()).toEqual([]);
  });

  test("regression: 4 096 emoji are 8 192 UTF-16 units, and none of them is lost", () => {
    const messages = messagesOf(text("😀".repeat(4_096)));
    expect(checkMessages(messages)).toBeNull();
    expect(messages.map((message) => message.text).join("")).toBe("😀".repeat(4_096));
  });

  test("over the limit are split and never cut, and LINE takes every piece", () => {
    const unit = fc.constantFrom("a", " ", "\n\n", ". ", "。", "👩‍👩‍👧", "é", "漢");
    fc.assert(
      fc.property(fc.string({ unit, minLength: 3_000, maxLength: 9_000 }), (words) => {
        const pieces = messagesOf(text(`x${words}x`)).map((message) => String(message.text));
        expect(pieces.every((piece) => piece.length <= TEXT_LIMIT && piece.trim() !== "")).toBe(true);
        expect(squeezed(pieces.join(""))).toBe(squeezed(`x${words}x`));
      }),
      { numRuns: 30 },
    );
  });

  test("regression: six messages are two calls, and the first is full", () => {
    const messages = messagesOf(...Array.from({ length: 6 }, (_, index) => text(`${index}`)));
    const units = messages.map((message) => ({ bundledId: null, messages: [message] }));
    expect(packCalls(units, MESSAGES_PER_CALL).map((call) => call.messages.length)).toEqual([5, 1]);
  });
});

test("a raw message for another platform can't be said: the words name the field, and the others are rendered", () => {
  const other = { type: "raw", channel: "messenger", message: {} } as const;
  const { messages, unsayable } = render(text("one"), other, text("two"));
  expect(messages).toHaveLength(2);
  expect(unsayable).toEqual([
    { problem: 'replies[1].channel: read another platform; allowed is "line"', value: other },
  ]);
});

describe("media", () => {
  const preview = "https://files.example/small.jpg";

  test.each([
    [
      { type: "image", url: URL },
      { type: "image", originalContentUrl: URL, previewImageUrl: URL },
    ],
    [
      { type: "video", url: URL, previewUrl: preview },
      { type: "video", originalContentUrl: URL, previewImageUrl: preview },
    ],
    [
      { type: "audio", url: URL, durationMs: 1_200 },
      { type: "audio", originalContentUrl: URL, duration: 1_200 },
    ],
    [
      { type: "audio", url: URL },
      { type: "audio", originalContentUrl: URL, duration: 60_000 },
    ],
  ] as const)("of %j is LINE's own message, with its caption below", (reply, message) => {
    expect(render({ ...reply, caption: "look" })).toEqual({ messages: [message, text("look")], adapted: [] });
  });

  test("that LINE has no message for is a link with its name, and that is reported", () => {
    expect(render({ type: "file", url: URL })).toEqual({
      messages: [text(`menu of today.pdf\n${URL}`)],
      adapted: ["replies[0] (file): it is sent as a link: LINE has no message for a file"],
    });
    expect(messagesOf({ type: "file", url: URL, name: "Menu" })).toEqual([text(`Menu\n${URL}`)]);
    expect(render({ type: "video", url: URL }).adapted).toHaveLength(1);
    expect(render({ type: "image", url: `https://files.example/${"x".repeat(2_000)}` })).toMatchObject({
      messages: [{ type: "text" }],
      adapted: [expect.stringContaining("its url is over 2000 characters")],
    });
  });

  test("has its address encoded as LINE asks", () => {
    const [image] = messagesOf({ type: "image", url: "https://files.example/スイカ 1|2.jpg?a=[1]&b=50%" });
    expect(image?.originalContentUrl).toBe(
      "https://files.example/%E3%82%B9%E3%82%A4%E3%82%AB%201%7C2.jpg?a=%5B1%5D&b=50%25",
    );
  });
});

describe("a location", () => {
  const place = {
    type: "location",
    title: "Harbour",
    address: "1 Quay Street",
    latitude: 35.4,
    longitude: 139.6,
  } as const;

  test("is LINE's own message", () => {
    expect(render(place)).toEqual({ messages: [place], adapted: [] });
  });

  test("with more words than fit says the rest as text", () => {
    const address = "a long way ".repeat(20);
    const { messages, adapted } = render({ ...place, title: " ", address });
    expect(problemsOf(messages)).toEqual([]);
    expect(messages).toMatchObject([{ type: "location", title: "35.4, 139.6" }, { text: address }]);
    expect(adapted).toHaveLength(1);
  });
});

const choices = (count: number, label = "choice") =>
  Array.from({ length: count }, (_, index) => ({ label: `${label} ${index + 1}`, value: `v${index + 1}` }));

describe("choices", () => {
  test("are quick replies whose tap is a postback that shows its label", () => {
    expect(render({ type: "choices", text: "Which?", choices: choices(2) })).toEqual({
      messages: [
        {
          type: "text",
          text: "Which?",
          quickReply: {
            items: [1, 2].map((n) => ({
              type: "action",
              action: { type: "postback", label: `choice ${n}`, data: `v${n}`, displayText: `choice ${n}` },
            })),
          },
        },
      ],
      adapted: [],
    });
  });

  test("with a label that is too long are listed in the text as well", () => {
    const { messages, adapted } = render({
      type: "choices",
      text: "Which?",
      choices: choices(2, "a very long label 👩‍👩‍👧"),
    });
    expect(messages).toMatchObject([{ text: expect.stringContaining("2. a very long label 👩‍👩‍👧 2") }]);
    expect(problemsOf(messages)).toEqual([]);
    expect(adapted).toEqual([expect.stringContaining("a label is over 20 characters")]);
  });

  test("hang on the last part of a long question", () => {
    const messages = messagesOf({ type: "choices", text: "why? ".repeat(1_500), choices: choices(1) });
    expect(messages.map((message) => message.quickReply !== undefined)).toEqual([false, true]);
  });

  test.each([
    ["more than thirteen", [{ type: "choices", text: "Which?", choices: choices(25) }], 25],
    ["not the last thing said", [{ type: "choices", text: "Which?", choices: choices(3) }, text("Take your time.")], 3],
  ] as const)("that are %s become buttons that stay, each of them", (_name, replies, count) => {
    const { messages, adapted } = render(...(replies as readonly Reply[]));
    expect(problemsOf(messages)).toEqual([]);
    expect(messages[0]).toEqual(text("Which?"));
    expect([...JSON.stringify(messages).matchAll(/"data":"(v\d+)"/g)].map(([, data]) => data)).toEqual(
      choices(count).map(({ value }) => value),
    );
    expect(JSON.stringify(messages)).not.toContain("quickReply");
    expect(adapted).toHaveLength(1);
  });
});

describe("cards", () => {
  const card = {
    title: "Soup",
    text: "of the day",
    imageUrl: "https://files.example/soup.jpg",
    actions: [
      { label: "Order", value: "order=soup" },
      { label: "Menu", url: "https://shop.example/menu" },
    ],
  };

  test("are a flex bubble with picture, words and buttons", () => {
    const [message] = messagesOf({ type: "card", ...card });
    expect(message).toMatchObject({
      type: "flex",
      altText: "Soup\nof the day",
      contents: {
        type: "bubble",
        hero: { url: card.imageUrl },
        body: { contents: [{ text: "Soup" }, { text: "of the day" }] },
        footer: {
          contents: [
            { action: { type: "postback", label: "Order", data: "order=soup", displayText: "Order" } },
            { action: { type: "uri", label: "Menu", uri: "https://shop.example/menu" } },
          ],
        },
      },
    });
  });

  test("side by side are a carousel, twelve per message", () => {
    const { messages, adapted } = render({ type: "carousel", cards: Array.from({ length: 25 }, () => card) });
    const counts = messages.map(
      (message) => (message as { contents: { contents?: unknown[] } }).contents.contents?.length,
    );
    expect(counts).toEqual([12, 12, undefined]);
    expect(adapted).toEqual(["replies[0] (carousel): the cards need 3 messages"]);
  });

  test("have text that doesn't fit below them, and only URI schemes that LINE allows", () => {
    const title = "A title that never ends. ".repeat(10);
    const actions = [{ label: "Write to us", url: "mailto:shop@shop.example" }];
    const { messages, adapted } = render({ type: "card", title, actions });
    expect(problemsOf(messages)).toEqual([]);
    expect(messages[1]).toMatchObject({ text: `${title}\n\nWrite to us\nmailto:shop@shop.example` });
    expect(adapted).toEqual(["replies[0] (card): a card's text doesn't fit: the full text follows as a message"]);
  });

  test("that exceed a bubble are text", () => {
    const actions = Array.from({ length: 20 }, (_, n) => ({
      label: `${n}${"🧑‍🚀".repeat(400)}`,
      value: "漢".repeat(300),
    }));
    const { messages } = render({ type: "card", title: "T", actions });
    expect(problemsOf(messages)).toEqual([]);
    expect(messages.every((message) => (message as { type: string }).type === "text")).toBe(true);
  });
});

describe("a label", () => {
  const THAI = "ดูที่อยู่จัดส่งสินค้าที่นี่";
  const FLAGS = "🇹🇼".repeat(15);
  const FAMILIES = "👩‍👩‍👧‍👦".repeat(4);
  const PILE = `o${"\u0301".repeat(60)}`;

  test.each([THAI, FLAGS, FAMILIES, PILE])("regression: %s is within 20 by graphemes and by code points", (label) => {
    const list = [1, 2].map((n) => ({ label, value: `${n}` }));
    const messages = messagesOf({ type: "choices", text: "Which?", choices: list });
    expect(problemsOf(messages)).toEqual([]);
    const [{ action }] = (messages[0] as { quickReply: { items: [{ action: { label: string } }] } }).quickReply.items;
    expect([...action.label].length).toBeLessThanOrEqual(20);
    expect(action.label.length).toBeGreaterThan(1);
    expect(messages[0]?.text).toContain(`2. ${label}`);
  });

  test("is cut between graphemes: no flag and no family is halved", () => {
    const list = [FLAGS, FAMILIES].map((label, n) => ({ label, value: `${n}` }));
    const [message] = messagesOf({ type: "choices", text: "Which?", choices: list });
    const { items } = (message as { quickReply: { items: { action: { label: string } }[] } }).quickReply;
    expect(items.map(({ action }) => action.label)).toEqual([`${"🇹🇼".repeat(9)}…`, `${"👩‍👩‍👧‍👦".repeat(2)}…`]);
  });

  test("of a flex button is within 40 by both counts", () => {
    const card = (label: string) => ({ type: "card", title: "T", actions: [{ label, value: "v" }] }) as const;
    expect(problemsOf(messagesOf(card(THAI.repeat(3)), card(FLAGS.repeat(3)), card(FAMILIES.repeat(3))))).toEqual([]);
  });

  test("of white space makes the choices a numbered text", () => {
    const list = [
      { label: "Yes", value: "y" },
      { label: " \u3000", value: "n" },
    ];
    const { messages, adapted } = render({ type: "choices", text: "Sure?", choices: list });
    expect(messages).toEqual([text(`Sure?\n\n1. Yes\n2.  \u3000`)]);
    expect(adapted).toEqual(["replies[0] (choices): its choices are a numbered text: a label has only white space"]);
  });

  test("of white space on a card makes its buttons numbered lines, with their addresses", () => {
    const actions = [
      { label: "Order", value: "o" },
      { label: "  ", url: "https://shop.example/menu" },
    ];
    const { messages, adapted } = render({ type: "card", title: "Soup", actions });
    expect(problemsOf(messages)).toEqual([]);
    expect(JSON.stringify(messages)).toContain("1. Order\\n2. https://shop.example/menu");
    expect(JSON.stringify(messages)).not.toContain('"button"');
    expect(adapted).toEqual(["replies[0] (card): its buttons are a numbered text: a label has only white space"]);
  });
});

describe("a quote", () => {
  const context = {
    message: (id: string) => (id === "5" ? { id: "5", type: "text", text: "hi", quoteToken: "q5" } : null),
  };

  test("is on the first text of the reply", () => {
    const long = { ...text("long ".repeat(1_500)), replyTo: "5" };
    expect(renderReplies([long], context).messages).toMatchObject([{ quoteToken: "q5" }, {}]);
    const asked = { type: "choices", text: "Which?", choices: choices(1), replyTo: "5" } as const;
    expect(renderReplies([asked], context).messages).toMatchObject([{ quoteToken: "q5", quickReply: {} }]);
  });

  test("that LINE can't make is left out and reported", () => {
    const { messages, adapted } = renderReplies([{ ...text("yes"), replyTo: "6" }], context);
    expect(messages).toEqual([text("yes")]);
    expect(adapted).toEqual(["replies[0] (text): it quotes nothing: replyTo is no message of this turn"]);
    expect(renderReplies([{ type: "image", url: URL, replyTo: "5" }], context).adapted).toEqual([
      "replies[0] (image): it quotes nothing: on LINE only a text can",
    ]);
  });
});

test("property: LINE accepts any reply, and no word of it is lost", () => {
  fc.assert(
    fc.property(fc.array(anyReply, { maxLength: 4 }), (replies) => {
      const { messages, adapted } = render(...replies);
      expect(problemsOf(messages)).toEqual([]);
      const said = saidIn(messages);
      for (const words of replies.flatMap(wordsOf)) expect(said).toContain(squeezed(words));
      expect(adapted.every((how) => /^replies\[\d\] \(\w+\): /.test(how))).toBe(true);
    }),
    { numRuns: 300 },
  );
});
