/** Goal: only what a rule names is skipped; everything else does what the mode says. */
import { expect, test } from "vitest";
import { type WhenBusy, whenBusy } from "./busy.ts";

test.each<[string, string, readonly string[], WhenBusy]>([
  ["as a whole", "action=other", ["action=other"], "skip"],
  ["as one part of several", "shop=7&action=other", ["action=other"], "skip"],
  ["with several parts", "action=other&page=2", ["action=other&page=2"], "skip"],
  ["by another rule", "menu", ["action=other", "menu"], "skip"],
  ["in other letters", "Action=Other", ["action=other"], "queue"],
  ["as the beginning of a part", "action=others", ["action=other"], "queue"],
  ["inside a part", "my-action=other", ["action=other"], "queue"],
  ["by no rule", "action=buy", [], "queue"],
])("a postback that is named %s (%s)", (_how, data, skip, expected) => {
  expect(whenBusy({ content: { postback: { data } } }, { mode: "queue", skip })).toBe(expected);
});

test("a text is never skipped, whatever it says", () => {
  const content = { message: { id: "1", type: "text", text: "action=other" } };
  expect(whenBusy({ content }, { mode: "interrupt", skip: ["action=other"] })).toBe("interrupt");
});
