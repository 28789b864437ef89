/**
 * Goal: every reply is rendered within Messenger's limits, and no content is dropped.
 * Method: the rendering of each reply, and the simulator's own check of the limits on random ones.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Reply } from "../../core/reply.ts";
import { MESSAGE_LIMITS } from "./render/limits.ts";
import type { PageMessage } from "./render/piece.ts";
import { renderReplies } from "./render.ts";
import { problemOf } from "./simulator/messages.ts";

const CONTEXT = { message: (id: string) => (id === "m_1" ? { id, type: "text", text: "asked" } : null) };

function render(...replies: Reply[]) {
  const { messages, ...rest } = renderReplies(replies, CONTEXT);
  return { messages: messages as readonly PageMessage[], ...rest };
}

const choices = (count: number, label = (index: number) => `Choice ${index}`) =>
  Array.from({ length: count }, (_, index) => ({ label: label(index), value: `V${index}` }));

describe("choices", () => {
  test("are quick replies below the question", () => {
    const { messages, adapted } = render({ type: "choices", text: "Which?", choices: choices(13) });
    expect(adapted).toEqual([]);
    const quickReplies = choices(13).map(({ label, value }) => ({
      content_type: "text",
      title: label,
      payload: value,
    }));
    expect(messages).toEqual([{ message: { text: "Which?", quick_replies: quickReplies } }]);
  });

  test("more than the limit are a numbered text, and that is reported", () => {
    const { messages, adapted } = render({ type: "choices", text: "Which?", choices: choices(14) });
    expect(messages[0]?.message.text).toContain("14. Choice 13");
    expect(messages[0]?.message).not.toHaveProperty("quick_replies");
    expect(adapted[0]).toMatch(/^replies\[0\] \(choices\): its choices are a numbered text: 14 of them/);
  });

  test.each([true, false])("with a label of white space are a numbered text, as the last reply: %s", (isLast) => {
    const asked = {
      type: "choices",
      text: "Which?",
      choices: choices(2, (index) => (index === 0 ? "One" : " \t")),
    } as const;
    const { messages, adapted } = render(asked, ...(isLast ? [] : [{ type: "text", text: "More" } as const]));
    expect(messages[0]).toEqual({ message: { text: "Which?\n\n1. One\n2.  \t" } });
    expect(adapted).toEqual(["replies[0] (choices): its choices are a numbered text: a label has only white space"]);
  });

  test("with long labels stand in full in the text, and cut on their buttons", () => {
    const { messages, adapted } = render({
      type: "choices",
      text: "Which?",
      choices: choices(2, (index) => `A label much longer than twenty characters ${index}`),
    });
    expect(messages[0]?.message.text).toContain("2. A label much longer than twenty characters 1");
    expect(adapted).toHaveLength(1);
  });

  test("that aren't the last reply get buttons that stay (regression: quick replies disappear)", () => {
    const { messages } = render(
      { type: "choices", text: "Which?", choices: choices(3) },
      { type: "text", text: "Take your time." },
    );
    expect(messages[0]?.message).toMatchObject({ attachment: { payload: { template_type: "button" } } });
    const many = render({ type: "choices", text: "Which?", choices: choices(4) }, { type: "text", text: "Well?" });
    expect(many.messages[0]?.message.text).toContain("4. Choice 3");
  });
});

describe("cards", () => {
  test("are a generic template, ten per message", () => {
    const cards = Array.from({ length: 11 }, (_, index) => ({ title: `Card ${index}`, text: "about it" }));
    const { messages, adapted } = render({ type: "carousel", cards });
    expect(messages).toHaveLength(2);
    expect(adapted).toHaveLength(1);
  });

  test("have three buttons; other actions follow as text", () => {
    const actions = [
      { label: "One", value: "1" },
      { label: "Two", url: "https://example.com/2" },
      { label: "Three", value: "3" },
      { label: "Four", url: "https://example.com/4" },
    ];
    const { messages, adapted } = render({ type: "card", title: "A card", actions });
    const buttons = [
      { type: "postback", title: "One", payload: "1" },
      { type: "web_url", title: "Two", url: "https://example.com/2" },
      { type: "postback", title: "Three", payload: "3" },
    ];
    expect(messages[0]?.message).toMatchObject({ attachment: { payload: { elements: [{ buttons }] } } });
    expect(messages[1]?.message.text).toBe("1. Four: https://example.com/4");
    expect(adapted).toHaveLength(1);
  });

  test("with only a title are a text", () => {
    expect(render({ type: "card", title: "Just this" }).messages).toEqual([{ message: { text: "Just this" } }]);
  });
});

test("media are attachments; a caption follows", () => {
  const { messages, adapted } = render({ type: "image", url: "https://example.com/a.png", caption: "A cat" });
  expect(messages).toEqual([
    { message: { attachment: { type: "image", payload: { url: "https://example.com/a.png", is_reusable: false } } } },
    { message: { text: "A cat" } },
  ]);
  expect(adapted).toEqual(["replies[0] (image): its caption follows as a message"]);
});

test("it is a text with a link to a map", () => {
  const place = { type: "location", title: "Shop", address: "Main St 1", latitude: 35.5, longitude: -139.25 } as const;
  expect(render(place).messages[0]?.message.text).toBe(
    "Shop\nMain St 1\nhttps://www.google.com/maps/search/?api=1&query=35.5,-139.25",
  );
});

test("a reply quotes a message of the turn, and says so when there is none", () => {
  expect(render({ type: "text", text: "Yes", replyTo: "m_1" }).messages).toEqual([
    { message: { text: "Yes" }, replyTo: "m_1" },
  ]);
  expect(render({ type: "text", text: "Yes", replyTo: "m_9" }).adapted).toHaveLength(1);
});

test("a raw reply is sent as given, with its tag where it has one, and never one for another platform", () => {
  const raw = (message: Record<string, unknown>): Reply => ({ type: "raw", channel: "messenger", message });
  expect(render(raw({ text: "hi" })).messages).toEqual([{ message: { text: "hi" } }]);
  expect(render(raw({ tag: "HUMAN_AGENT", message: { text: "hi" } })).messages).toEqual([
    { message: { text: "hi" }, tag: "HUMAN_AGENT" },
  ]);
  expect(render({ type: "raw", channel: "line", message: {} })).toMatchObject({ messages: [], unsayable: [{}] });
});

const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 120 }).filter((text) => text.trim() !== "");
const label = fc.oneof({ weight: 9, arbitrary: words }, { weight: 1, arbitrary: fc.constantFrom(" ", "\n\t") });
const action = fc.oneof(
  fc.record({ label, value: fc.string({ minLength: 1, maxLength: 1_200 }) }),
  fc.record({ label, url: fc.webUrl() }),
);
const card = fc.record(
  { title: words, text: words, imageUrl: fc.webUrl(), actions: fc.array(action, { maxLength: 5 }) },
  { requiredKeys: ["title"] },
);
const anyReply: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text: fc.string({ unit: "grapheme", maxLength: 5_000 }) }),
  fc.record({
    type: fc.constant("choices" as const),
    text: words,
    choices: fc.array(fc.record({ label, value: fc.string({ minLength: 1, maxLength: 1_200 }) }), {
      minLength: 1,
      maxLength: 20,
    }),
  }),
  card.map((one) => ({ type: "card" as const, ...one })),
  fc.record({ type: fc.constant("carousel" as const), cards: fc.array(card, { minLength: 1, maxLength: 12 }) }),
) as fc.Arbitrary<Reply>;

test("property: Messenger accepts every message, and every label is shown in full", () => {
  fc.assert(
    fc.property(fc.array(anyReply, { minLength: 1, maxLength: 3 }), (replies) => {
      const { messages } = render(...replies);
      for (const { message } of messages) expect(problemOf(message)).toBeNull();
      const said = JSON.stringify(messages);
      for (const reply of replies) {
        if (reply.type !== "choices") continue;
        for (const { label } of reply.choices)
          expect(said).toContain(JSON.stringify(label).slice(1, -1).trim().slice(0, 5));
      }
    }),
    { numRuns: 300 },
  );
});

test("a text is split and never cut", () => {
  const text = "one sentence. ".repeat(600);
  const { messages } = render({ type: "text", text });
  expect(messages.length).toBeGreaterThan(1);
  expect(messages.map(({ message }) => message.text).join("")).toBe(text);
  for (const { message } of messages) expect(String(message.text).length).toBeLessThanOrEqual(MESSAGE_LIMITS.text);
});
