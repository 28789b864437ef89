/**
 * Goal: every portable reply is rendered within WhatsApp's limits; no content is dropped, and what is rendered
 * differently is reported.
 */
import { describe, expect, test } from "vitest";
import type { Reply } from "../../core/reply.ts";
import type { Rendered } from "../channel.ts";
import { CAPTION_LIMIT, TEXT_LIMIT } from "./render/limits.ts";
import { createRender } from "./render.ts";

const context = { message: (id: string) => (id === "wamid.theirs" ? { id, type: "text" } : null) };
const together = createRender({ mergeReplies: true, listButton: "Options" });
const apart = createRender({ mergeReplies: false, listButton: "Options" });

type Shown = Record<string, unknown> & { readonly type: string };

type ShownRender = Rendered & { readonly messages: Shown[] };
const render = (...replies: Reply[]) => together(replies, context) as ShownRender;
const renderApart = (...replies: Reply[]) => apart(replies, context) as ShownRender;
const words = (body: string) => ({ type: "text", text: { body } });

const choices = (count: number, label = (n: number) => `Choice ${n}`) =>
  Array.from({ length: count }, (_, n) => ({ label: label(n), value: `v${n}` }));

describe("texts", () => {
  test("are joined to as few messages as the limit allows", () => {
    const { messages, adapted } = render({ type: "text", text: "one" }, { type: "text", text: "two" });
    expect(messages).toEqual([words("one\n\ntwo")]);
    expect(adapted).toEqual([]);
  });

  test("stay apart when they don't fit together, or when the setting says so", () => {
    const long = "x".repeat(TEXT_LIMIT - 3);
    expect(render({ type: "text", text: long }, { type: "text", text: "yz" }).messages).toHaveLength(2);
    expect(renderApart({ type: "text", text: "one" }, { type: "text", text: "two" }).messages).toHaveLength(2);
  });

  test("over the limit are split and never cut", () => {
    const text = "A sentence. ".repeat(1_000);
    const { messages } = render({ type: "text", text });
    const bodies = messages.map((message) => (message as unknown as { text: { body: string } }).text.body);
    expect(bodies.join("")).toBe(text);
    expect(Math.max(...bodies.map((body) => body.length))).toBeLessThanOrEqual(TEXT_LIMIT);
  });

  test("that are empty are no message", () => {
    expect(render({ type: "text", text: " \n" })).toEqual({ messages: [], adapted: [] });
    expect(render()).toEqual({ messages: [], adapted: [] });
  });
});

describe("choices", () => {
  const ask = (list: { label: string; value: string }[], text = "Which?") =>
    render({ type: "choices", text, choices: list });

  test("up to three are buttons", () => {
    const { messages, adapted } = ask(choices(3));
    expect(adapted).toEqual([]);
    expect(messages).toEqual([
      {
        type: "interactive",
        interactive: {
          type: "button",
          body: { text: "Which?" },
          action: {
            buttons: [0, 1, 2].map((n) => ({ type: "reply", reply: { id: `v${n}`, title: `Choice ${n}` } })),
          },
        },
      },
    ]);
  });

  test("up to ten are a list", () => {
    const { messages, adapted } = ask(choices(10));
    expect(adapted).toEqual([]);
    expect(messages).toMatchObject([
      { interactive: { type: "list", action: { button: "Options", sections: [{ rows: { length: 10 } }] } } },
    ]);
  });

  test("more are a numbered text, and that is reported", () => {
    const { messages, adapted } = ask(choices(11));
    expect(messages).toEqual([
      words(
        `Which?\n\n${choices(11)
          .map(({ label }, n) => `${n + 1}. ${label}`)
          .join("\n")}`,
      ),
    ]);
    expect(adapted).toEqual(["replies[0] (choices): its choices are a numbered text: there are more than 10"]);
  });

  test("a label too long for a button stands whole in a list row's description", () => {
    const label = "A label of twenty-one and more";
    const { messages } = ask([{ label, value: "a" }]);
    expect(messages).toMatchObject([
      {
        interactive: { action: { sections: [{ rows: [{ title: "A label of twenty-one a…", description: label }] }] } },
      },
    ]);
  });

  test.each([
    [
      "two with one label",
      [
        { label: "Yes", value: "a" },
        { label: "Yes", value: "b" },
      ],
    ],
    [
      "two with one value",
      [
        { label: "Yes", value: "a" },
        { label: "No", value: "a" },
      ],
    ],
    [
      "two whose labels begin alike",
      [1, 2].map((n) => ({ label: `A long label that begins alike ${n}`, value: `${n}` })),
    ],
    ["a value over the limit", [{ label: "Yes", value: "a".repeat(257) }]],
    ["a value with a space at its end", [{ label: "Yes", value: "a " }]],
    ["a label over every limit", [{ label: "Yes ".repeat(20), value: "a" }]],
    ["a label of nothing", [{ label: " ", value: "a" }]],
  ])("%s become a numbered text, because WhatsApp refuses them", (_name, list) => {
    const { messages, adapted } = ask(list);
    expect(messages).toMatchObject([{ type: "text" }]);
    expect(adapted).toHaveLength(1);
  });

  test("a question over the body's limit begins in a text in front of it", () => {
    const text = `${"Much to say. ".repeat(100)}Which?`;
    const { messages } = ask(choices(2), text);
    const [before, question] = messages as unknown as [
      { text: { body: string } },
      { interactive: { body: { text: string } } },
    ];
    expect(before.text.body + question.interactive.body.text).toBe(text);
    expect(question.interactive.body.text.length).toBeLessThanOrEqual(1_024);
  });

  test("a text before them becomes the question's beginning, where it fits", () => {
    const hello = { type: "text", text: "Hello." } as const;
    const question = { type: "choices", text: "Which?", choices: choices(2) } as const;
    expect(render(hello, question).messages).toMatchObject([{ interactive: { body: { text: "Hello.\n\nWhich?" } } }]);
    expect(render({ type: "text", text: "x".repeat(1_020) }, question).messages).toHaveLength(2);
    expect(renderApart(hello, question).messages).toHaveLength(2);
  });

  test("without text have a placeholder body", () => {
    expect(ask(choices(1), "").messages).toMatchObject([{ interactive: { body: { text: "…" } } }]);
  });
});

describe("media", () => {
  const url = "https://files.example/a/the%20plan.pdf?x=1";

  test("travel by link, with caption and name", () => {
    expect(renderApart({ type: "image", url, caption: "Look" }).messages).toEqual([
      { type: "image", image: { link: url, caption: "Look" } },
    ]);
    expect(render({ type: "video", url }).messages).toEqual([{ type: "video", video: { link: url } }]);
    expect(render({ type: "file", url }).messages).toEqual([
      { type: "document", document: { link: url, filename: "the plan.pdf" } },
    ]);
    expect(render({ type: "file", url, name: "plan.pdf" }).messages).toMatchObject([
      { document: { filename: "plan.pdf" } },
    ]);
  });

  test("an audio's caption follows as a text", () => {
    const { messages, adapted } = render({ type: "audio", url, caption: "Listen" });
    expect(messages).toEqual([{ type: "audio", audio: { link: url } }, words("Listen")]);
    expect(adapted).toHaveLength(1);
  });

  test("a caption over the limit follows as a text", () => {
    const { messages, adapted } = render({ type: "image", url, caption: "x".repeat(CAPTION_LIMIT + 1) });
    expect(messages).toMatchObject([{ type: "image" }, { type: "text" }]);
    expect(adapted).toHaveLength(1);
  });

  test("a text after an image becomes its caption, if it has none", () => {
    const text = { type: "text", text: "That's it." } as const;
    expect(render({ type: "image", url }, text).messages).toEqual([
      { type: "image", image: { link: url, caption: "That's it." } },
    ]);
    expect(render({ type: "image", url, caption: "Look" }, text).messages).toHaveLength(2);
    expect(render({ type: "audio", url }, text).messages).toHaveLength(2);
  });
});

test("a location is a location", () => {
  expect(render({ type: "location", title: "Us", address: "1 Way", latitude: 1.5, longitude: -2 }).messages).toEqual([
    { type: "location", location: { latitude: "1.5", longitude: "-2", name: "Us", address: "1 Way" } },
  ]);
});

describe("cards", () => {
  const value = (n: number) => ({ label: `Button ${n}`, value: `v${n}` });
  const link = (n: number) => ({ label: `Link ${n}`, url: `https://shop.example/${n}` });
  const imageUrl = "https://shop.example/picture.jpg";

  test("with values are buttons under a picture, or under the title", () => {
    expect(render({ type: "card", title: "Tea", text: "Green", imageUrl, actions: [value(1)] }).messages).toMatchObject(
      [
        {
          interactive: {
            type: "button",
            header: { type: "image", image: { link: imageUrl } },
            body: { text: "*Tea*\nGreen" },
          },
        },
      ],
    );
    expect(render({ type: "card", title: "Tea", text: "Green", actions: [value(1)] }).messages).toMatchObject([
      { interactive: { header: { type: "text", text: "Tea" }, body: { text: "Green" } } },
    ]);
  });

  test("with one link are a link button", () => {
    const { messages, adapted } = render({ type: "card", title: "Tea", text: "Green", imageUrl, actions: [link(1)] });
    expect(adapted).toEqual([]);
    expect(messages).toMatchObject([
      {
        interactive: {
          type: "cta_url",
          header: { type: "image" },
          action: { name: "cta_url", parameters: { display_text: "Link 1", url: "https://shop.example/1" } },
        },
      },
    ]);
  });

  test("with links beside other buttons have the links in the text, and that is reported", () => {
    const { messages, adapted } = render({ type: "card", title: "Tea", actions: [value(1), link(2), link(3)] });
    expect(messages).toMatchObject([
      { interactive: { type: "button", body: { text: expect.stringContaining("Link 3: https://shop.example/3") } } },
    ]);
    expect(adapted).toHaveLength(1);
  });

  test("with more than three values are a list, with the picture in front of it", () => {
    const { messages, adapted } = render({
      type: "card",
      title: "Tea",
      imageUrl,
      actions: [1, 2, 3, 4].map(value),
    });
    expect(messages).toMatchObject([{ type: "image" }, { interactive: { type: "list" } }]);
    expect(adapted).toHaveLength(1);
  });

  test("without buttons are a picture with a caption, or a text", () => {
    expect(render({ type: "card", title: "Tea", text: "Green", imageUrl }).messages).toEqual([
      { type: "image", image: { link: imageUrl, caption: "*Tea*\nGreen" } },
    ]);
    expect(render({ type: "card", title: "Tea" }).messages).toEqual([words("Tea")]);
  });

  test("side by side come one after another, and that is reported", () => {
    const card = (title: string) => ({ title, text: "x", actions: [value(1)] });
    const { messages, adapted } = render({ type: "carousel", cards: [card("Tea"), card("Cake")] });
    expect(messages).toHaveLength(2);
    expect(adapted).toEqual([
      "replies[0] (carousel): its cards follow one another: WhatsApp has carousels in templates only",
    ]);
  });
});

describe("quoting", () => {
  test("stands on the first message of the reply", () => {
    expect(render({ type: "text", text: "yes", replyTo: "wamid.theirs" }).messages).toEqual([
      { ...words("yes"), context: { message_id: "wamid.theirs" } },
    ]);
  });

  test("a message that this turn doesn't know is not quoted, and that is reported", () => {
    const { messages, adapted } = render({ type: "text", text: "yes", replyTo: "wamid.other" });
    expect(messages).toEqual([words("yes")]);
    expect(adapted).toHaveLength(1);
  });

  test("is not lost when texts are joined", () => {
    const said = render(
      { type: "text", text: "one", replyTo: "wamid.theirs" },
      { type: "text", text: "two" },
      { type: "text", text: "three", replyTo: "wamid.theirs" },
    ).messages;
    expect(said).toEqual([
      { ...words("one\n\ntwo"), context: { message_id: "wamid.theirs" } },
      { ...words("three"), context: { message_id: "wamid.theirs" } },
    ]);
  });
});

describe("raw", () => {
  const template = { type: "template", template: { name: "hello", language: { code: "en" } } };

  test("is sent as given and never joined", () => {
    const raw = { type: "raw", channel: "whatsapp", message: words("a") } as const;
    expect(render({ type: "text", text: "x" }, raw, { type: "text", text: "y" }).messages).toEqual([
      words("x"),
      words("a"),
      words("y"),
    ]);
    expect(render({ type: "raw", channel: "whatsapp", message: template }).messages).toEqual([template]);
  });

  test("for another platform, or without a type, can't be said", () => {
    expect(render({ type: "raw", channel: "line", message: {} })).toMatchObject({ messages: [], unsayable: [{}] });
    expect(render({ type: "raw", channel: "whatsapp", message: {} }).unsayable?.[0]?.problem).toMatch(/message\.type/);
  });
});
