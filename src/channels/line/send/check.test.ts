/**
 * Goal: what LINE refuses is found before a token is used for it, and what it may accept passes.
 * Method: each rule of the reference just within and just past its limit, and unknown types and fields.
 */
import { describe, expect, test } from "vitest";
import { problemWith } from "./check.ts";

const text = (words: string, more = {}) => ({ type: "text", text: words, ...more });
const postback = (change = {}) => ({ type: "postback", label: "ok", data: "d", ...change });
const buttons = (change = {}) => ({
  type: "template",
  altText: "a",
  template: { type: "buttons", text: "t", actions: [postback()], ...change },
});
const quick = (count: number, change = {}) => ({
  quickReply: { items: Array.from({ length: count }, () => ({ type: "action", action: postback(change) })) },
});
const column = (change = {}) => ({ text: "t", actions: [postback()], ...change });
const carousel = (...columns: unknown[]) => ({
  type: "template",
  altText: "a",
  template: { type: "carousel", columns },
});
const FAMILY = "👨‍👩‍👧";

describe("passes", () => {
  test.each<[string, readonly unknown[]]>([
    ["five messages", Array.from({ length: 5 }, () => text("a"))],
    ["5 000 units of text", [text("a".repeat(5_000))]],
    ["13 quick replies", [text("a", quick(13))]],
    ["a label of 20 characters that are many units each", [text("a", quick(1, { label: FAMILY.repeat(20) }))]],
    ["a buttons text of 160 characters", [buttons({ text: "a".repeat(160) })]],
    ["60 beside a title", [buttons({ title: "t", text: "a".repeat(60) })]],
    ["ten columns", [carousel(...Array.from({ length: 10 }, () => column()))]],
    ["a place at 0, 0", [{ type: "location", title: "t", address: "a", latitude: 0, longitude: 0 }]],
    ["a type that nobody has heard of", [{ type: "hologram", depth: 3 }]],
    ["an action and a template that nobody has heard of", [buttons({ type: "dial", actions: "?" })]],
    ["a field that nobody has heard of", [text("a", { sparkles: true })]],
  ])("%s", (_, messages) => {
    expect(problemWith(messages)).toBeNull();
  });
});

describe("is refused, with the field's name", () => {
  test.each<[string, readonly unknown[]]>([
    ["messages", []],
    ["messages", Array.from({ length: 6 }, () => text("a"))],
    ["messages[0]", ["a"]],
    ["messages[0].type", [{ text: "a" }]],
    ["messages[1].text", [text("a"), text("")]],
    ["messages[0].text", [text(" \n")]],
    ["messages[0].text", [text("😀".repeat(2_501))]],
    ["messages[0].quickReply.items", [text("a", quick(14))]],
    ["messages[0].quickReply.items[0].action.label", [text("a", quick(1, { label: "a".repeat(21) }))]],
    ["messages[0].quickReply.items[0].action.data", [text("a", quick(1, { data: "d".repeat(301) }))]],
    [
      "messages[0].originalContentUrl",
      [{ type: "image", originalContentUrl: "http://a", previewImageUrl: "https://a" }],
    ],
    ["messages[0].previewImageUrl", [{ type: "video", originalContentUrl: "https://a" }]],
    ["messages[0].duration", [{ type: "audio", originalContentUrl: "https://a", duration: "1" }]],
    ["messages[0].altText", [{ ...buttons(), altText: "a".repeat(1_501) }]],
    ["messages[0].template.text", [buttons({ text: "a".repeat(161) })]],
    ["messages[0].template.text", [buttons({ title: "t", text: "a".repeat(61) })]],
    ["messages[0].template.title", [buttons({ title: "t".repeat(41) })]],
    ["messages[0].template.actions", [buttons({ actions: Array.from({ length: 5 }, () => postback()) })]],
    ["messages[0].template.actions[0].label", [buttons({ actions: [{ type: "postback", data: "d" }] })]],
    ["messages[0].template.actions", [buttons({ type: "confirm" })]],
    ["messages[0].template.columns", [carousel(...Array.from({ length: 11 }, () => column()))]],
    ["messages[0].template.columns[1].text", [carousel(column(), column({ text: "a".repeat(121) }))]],
    ["messages[0].contents", [{ type: "flex", altText: "a" }]],
    ["messages[0].contents", [{ type: "flex", altText: "a", contents: { type: "bubble", x: "a".repeat(30 * 1_024) } }]],
    [
      "messages[0].contents.contents",
      [
        {
          type: "flex",
          altText: "a",
          contents: { type: "carousel", contents: Array.from({ length: 13 }, () => ({})) },
        },
      ],
    ],
  ])("%s", (field, messages) => {
    const problem = problemWith(messages) ?? "";
    expect(problem.split(":")[0]).toBe(field);
  });
});
