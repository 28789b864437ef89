/** Goal: what LINE refuses is refused, and what just fits is taken. Method: each limit from both sides. */
import { expect, test } from "vitest";
import { checkMessages } from "./messages.ts";

const https = (length: number) => "https://x.example/".padEnd(length, "x");
const family = "👩‍👩‍👧‍👦";
const postback = (label: string, data = "d", displayText = "t") => ({ type: "postback", label, data, displayText });
const quick = (count: number, label = "l") => ({
  type: "text",
  text: "t",
  quickReply: { items: Array.from({ length: count }, () => ({ type: "action", action: postback(label) })) },
});
const buttons = (template: object) => ({ type: "template", altText: "a", template: { type: "buttons", ...template } });
const bubble = (contents: object) => ({
  type: "bubble",
  body: { type: "box", layout: "vertical", contents: [contents] },
});
const flex = (contents: object, altText = "a") => ({ type: "flex", altText, contents });
const words = (text: string) => ({ type: "text", text });
const carousel = (count: number, each: object) =>
  flex({ type: "carousel", contents: Array.from({ length: count }, () => each) });
const columns = (type: string, each: readonly object[]) => ({
  type: "template",
  altText: "a",
  template: { type, columns: each },
});
const column = (text: string, actions = 1) => ({ text, actions: Array(actions).fill(postback("l")) });
const picture = (label: string) => ({ imageUrl: https(20), action: postback(label) });
const act = (action: object) => flex(bubble({ type: "button", action }));

test.each<[string, object, object]>([
  ["text in UTF-16 units", words("😀".repeat(2_500)), words("😀".repeat(2_501))],
  ["the number of quick replies", quick(13), quick(14)],
  ["a quick reply's label in graphemes", quick(1, "l".repeat(20)), quick(1, "l".repeat(21))],
  // A family has seven code points and is one grapheme.
  ["a quick reply's label in code points", quick(1, family.repeat(2)), quick(1, family.repeat(3))],
  ["a label that is there", quick(1, "l"), quick(1, " ")],
  ["postback data", act(postback("l", "d".repeat(300))), act(postback("l", "d".repeat(301)))],
  [
    "displayText in code points",
    act(postback("l", "d", family.repeat(42))),
    act(postback("l", "d", family.repeat(43))),
  ],
  ["a flex button's label", act(postback("l".repeat(40))), act(postback("l".repeat(41)))],
  ["a flex button's label in code points", act(postback(family.repeat(5))), act(postback(family.repeat(6)))],
  [
    "a URI's length",
    act({ type: "uri", label: "l", uri: https(1_000) }),
    act({ type: "uri", label: "l", uri: https(1_001) }),
  ],
  [
    "a URI's scheme",
    act({ type: "uri", label: "l", uri: "tel:1" }),
    act({ type: "uri", label: "l", uri: "mailto:a@b" }),
  ],
  [
    "a media URL",
    { type: "image", originalContentUrl: https(2_000), previewImageUrl: https(20) },
    { type: "image", originalContentUrl: https(2_001), previewImageUrl: https(20) },
  ],
  [
    "https",
    { type: "audio", originalContentUrl: https(20), duration: 1 },
    { type: "audio", originalContentUrl: "http://x.example/", duration: 1 },
  ],
  [
    "a place",
    { type: "location", title: "t".repeat(100), address: "a", latitude: 1, longitude: 2 },
    { type: "location", title: "t", address: "a".repeat(101), latitude: 1, longitude: 2 },
  ],
  ["altText", flex(bubble(words("w")), "a".repeat(1_500)), flex(bubble(words("w")), "a".repeat(1_501))],
  ["a flex text that is there", flex(bubble(words("w"))), flex(bubble(words(" ")))],
  ["a bubble's bytes", flex(bubble(words("w".repeat(30_000)))), flex(bubble(words("w".repeat(31_000))))],
  ["a carousel's bytes", carousel(5, bubble(words("w".repeat(9_000)))), carousel(6, bubble(words("w".repeat(9_000))))],
  ["a carousel's bubbles", carousel(12, bubble(words("w"))), carousel(13, bubble(words("w")))],
  [
    "a template's text",
    buttons({ text: "t".repeat(160), actions: [postback("l")] }),
    buttons({ text: "t".repeat(161), actions: [postback("l")] }),
  ],
  [
    "a template's text in code points",
    buttons({ text: family.repeat(22), actions: [postback("l")] }),
    buttons({ text: family.repeat(23), actions: [postback("l")] }),
  ],
  [
    "a titled template's text",
    buttons({ title: "t", text: "t".repeat(60), actions: [postback("l")] }),
    buttons({ title: "t", text: "t".repeat(61), actions: [postback("l")] }),
  ],
  [
    "a template's actions",
    buttons({ text: "t", actions: Array(4).fill(postback("l")) }),
    buttons({ text: "t", actions: Array(5).fill(postback("l")) }),
  ],
  [
    "a carousel template's columns",
    columns("carousel", Array(10).fill(column("t"))),
    columns("carousel", Array(11).fill(column("t"))),
  ],
  ["a column's text", columns("carousel", [column("t".repeat(120))]), columns("carousel", [column("t".repeat(121))])],
  ["a column's actions", columns("carousel", [column("t", 3)]), columns("carousel", [column("t", 4)])],
  [
    "as many actions in each column",
    columns("carousel", [column("t", 2), column("t", 2)]),
    columns("carousel", [column("t", 1), column("t", 2)]),
  ],
  [
    "an image carousel's columns",
    columns("image_carousel", Array(10).fill(picture("l"))),
    columns("image_carousel", Array(11).fill(picture("l"))),
  ],
  [
    "an image column's label",
    columns("image_carousel", [picture("l".repeat(12))]),
    columns("image_carousel", [picture("l".repeat(13))]),
  ],
  [
    "an image column's picture",
    columns("image_carousel", [{ imageUrl: https(20), action: { type: "uri", uri: https(20) } }]),
    columns("image_carousel", [{ action: { type: "uri", uri: https(20) } }]),
  ],
])("%s: what fits is taken and one more is refused", (_what, fits, tooMuch) => {
  expect(checkMessages([fits])).toBeNull();
  expect(checkMessages([tooMuch])).not.toBeNull();
});
