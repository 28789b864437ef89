/**
 * Goal: a bot that reads texts is told what was sent, whatever it was, and by what a group's message is for it.
 * Method: single messages, as LINE sends them.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InboundEvent } from "../../../core/event.ts";
import { asVerified } from "../../channel.ts";
import { normalizeWebhook } from "../normalize.ts";

function eventOf(message: object, groupPrefix: string | null = null): InboundEvent | undefined {
  const source = groupPrefix === null ? { type: "user", userId: "U1" } : { type: "group", groupId: "C1", userId: "U1" };
  const event = { type: "message", mode: "active", timestamp: 1, source, message: { id: "8", ...message } };
  return normalizeWebhook(asVerified(new TextEncoder().encode(JSON.stringify({ events: [event] }))), {
    account: "default",
    replyTokenTtlMs: 50_000,
    turnEvents: ["message"],
    groupTrigger: "mention",
    groupPrefix,
    botUserId: null,
  }).events[0];
}

const read = (message: object) => eventOf(message)?.content.message;
const effectOf = (text: string, groupPrefix: string) => eventOf({ type: "text", text }, groupPrefix)?.effect;

test("a sticker has its keywords as text, or its own text", () => {
  const sticker = { type: "sticker", packageId: "1", stickerId: "2" };
  expect(read({ ...sticker, keywords: ["hello", "wave"] })?.text).toBe("[sticker: hello, wave]");
  expect(read({ ...sticker, text: "Hi!" })?.text).toBe("Hi!");
  for (const keywords of [undefined, [], [7], "hello"]) {
    expect(read({ ...sticker, keywords })?.text).toBe("[sticker]");
  }
  expect(read({ ...sticker, text: "" })?.text).toBe("[sticker]");
});

describe("a bot that reads texts is told of", () => {
  test.each([
    [
      "a place",
      { type: "location", title: "Harbour", address: "1 Quay", latitude: 35.4, longitude: 139.6 },
      "[location] Harbour, 1 Quay (35.4, 139.6)",
    ],
    ["a place without a name", { type: "location", latitude: 0, longitude: -1.5 }, "[location] (0, -1.5)"],
    ["a place that is nowhere", { type: "location" }, "[location]"],
    ["a type that comes later", { type: "poll" }, "[poll]"],
    ["a message without a type", {}, "[unsupported message]"],
  ])("%s", (_, message, text) => expect(read(message)?.text).toBe(text));

  test("nothing beside a picture, a video, a sound or a file, which it gets a link to", () => {
    for (const type of ["image", "video", "audio", "file"]) expect(read({ type })?.text).toBeUndefined();
  });
});

describe("an inline emoji", () => {
  const withEmojis = (text: string, emojis: readonly object[], beside: object = {}) =>
    read({ type: "text", text, emojis, ...beside });
  const at = (index: number, length: number) => ({ index, length, productId: "5ac1", emojiId: "001" });

  test("without a name is [emoji], so that the text doesn't look empty", () => {
    expect(withEmojis("()hello", [at(0, 2)])?.text).toBe("[emoji]hello");
    expect(withEmojis("()", [at(0, 2)])?.text).toBe("[emoji]");
    expect(withEmojis("$", [at(0, 1)])?.text).toBe("[emoji]");
    expect(withEmojis("a()b( )c", [at(4, 3), at(1, 2)])?.text).toBe("a[emoji]b[emoji]c");
    expect(withEmojis("()()", [at(2, 2), at(0, 2), at(0, 2)])?.text).toBe("[emoji][emoji]");
  });

  test("with a name keeps it", () => {
    expect(withEmojis("Hi (love)", [at(3, 6)])).toMatchObject({ text: "Hi (love)", emojis: [at(3, 6)] });
  });

  test("is found whether LINE counts characters or UTF-16 units", () => {
    expect(withEmojis("👍👍()", [at(4, 2)])?.text).toBe("👍👍[emoji]");
    expect(withEmojis("👍👍()", [at(2, 2)])?.text).toBe("👍👍[emoji]");
  });

  test("moves what points into the text behind it", () => {
    const mentionees = [
      { index: 0, length: 4, type: "user" },
      { index: 6, length: 4, type: "user", isSelf: true },
    ];
    const message = withEmojis("@Ann()@bot(sun)", [at(4, 2), at(10, 5)], { mention: { mentionees } });
    expect(message).toMatchObject({
      text: "@Ann[emoji]@bot(sun)",
      emojis: [
        { index: 4, length: 7 },
        { index: 15, length: 5 },
      ],
      mention: { mentionees: [{ index: 0 }, { index: 11, isSelf: true }] },
    });
  });

  test("moves a mention directly behind it also where LINE counts characters", () => {
    const message = withEmojis("😀()@bot", [at(1, 2)], { mention: { mentionees: [{ index: 3, length: 4 }] } });
    expect(message).toMatchObject({
      text: "😀[emoji]@bot",
      emojis: [{ index: 1, length: 7 }],
      mention: { mentionees: [{ index: 8, length: 4 }] },
    });
  });

  test("is read in the one count in which all of them stand where they are said to be", () => {
    expect(withEmojis("😀😀()a()b()", [at(2, 2), at(5, 2)])?.text).toBe("😀😀[emoji]a[emoji]b()");
    expect(withEmojis("😀😀()a()b()", [at(4, 2), at(7, 2)])?.text).toBe("😀😀[emoji]a[emoji]b()");
    expect(withEmojis("😀😀(a)()()", [at(2, 3), at(5, 2)])?.text).toBe("😀😀(a)[emoji]()");
  });

  test("and what points into the text have their places in either count, whatever stands between them", () => {
    const words = fc.string({ unit: fc.constantFrom("a", " ", "é", "😀", "👨‍👩‍👧"), maxLength: 4 });
    const part = fc.oneof(
      words.map((said) => ({ kind: "words" as const, said, shown: said })),
      fc.constantFrom("()", "( )", "$").map((said) => ({ kind: "emoji" as const, said, shown: "[emoji]" })),
      fc.constant({ kind: "emoji" as const, said: "(love)", shown: "(love)" }),
      fc.constantFrom("@bot", "@😀n").map((said) => ({ kind: "mention" as const, said, shown: said })),
    );
    const counts = { units: (text: string) => text.length, characters: (text: string) => [...text].length };
    fc.assert(
      fc.property(fc.array(part), fc.constantFrom("units" as const, "characters" as const), (parts, counted) => {
        const placed = (kind: "emoji" | "mention", form: "said" | "shown") =>
          parts.flatMap((one, i) => {
            const before = parts.slice(0, i).map((other) => other[form]);
            const size = counts[counted];
            return one.kind === kind ? [{ index: size(before.join("")), length: size(one[form]) }] : [];
          });
        const whole = (form: "said" | "shown") => parts.map((one) => one[form]).join("");
        const message = withEmojis(whole("said"), placed("emoji", "said"), {
          mention: { mentionees: placed("mention", "said") },
        });
        if (whole("shown") !== "") expect(message?.text).toBe(whole("shown"));
        expect(message).toMatchObject({
          emojis: placed("emoji", "shown"),
          mention: { mentionees: placed("mention", "shown") },
        });
      }),
    );
  });

  test.each([[at(0, 3)], [at(90, 2)], [at(-1, 2)], [{ index: "0", length: 2 }], [7], [{}]])(
    "that isn't where it is said to be changes nothing: %j",
    (emoji) => expect(withEmojis("()hello", [emoji as object])?.text).toBe("()hello"),
  );
});

describe("the prefix is what is read, however it is typed", () => {
  test.each([
    ["@shop", "＠ｓｈｏｐ open?"],
    ["＠ショップ", "@ｼｮｯﾌﾟ open?"],
    ["@shop", "\u3000＠SHOP open?"],
    ["@shop", "\u200b\u2068@sh\u00adop\u2069 open?"],
    ["@sh\ufe0fop", "@shop open?"],
    ["@Müller", "@Mu\u0308ller open?"],
  ])("%j: %j", (groupPrefix, text) => expect(effectOf(text, groupPrefix)).toBe("collect"));

  test.each([
    ["@shop", "@sho p"],
    ["\u200b", "anything"],
  ])("and not %j: %j", (groupPrefix, text) => {
    expect(effectOf(text, groupPrefix)).toBe("store");
  });
});

test("a quoted message is named by its id, and by nothing when none is quoted", () => {
  expect(eventOf({ type: "text", text: "that", quotedMessageId: "468" })?.content.quoted).toEqual({ messageId: "468" });
  expect(eventOf({ type: "text", text: "that" })?.content).not.toHaveProperty("quoted");
});
