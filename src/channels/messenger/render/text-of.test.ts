import { expect, test } from "vitest";
import { textOf } from "./text-of.ts";

test.each<[unknown, string | null]>([
  [{ message: { text: "Hi" } }, "Hi"],
  [{ message: { attachment: { type: "template", payload: { template_type: "button", text: "Which?" } } } }, "Which?"],
  [
    {
      message: {
        attachment: { type: "template", payload: { elements: [{ title: "A", subtitle: "a" }, { title: "B" }, 7] } },
      },
    },
    "A\na\n\nB",
  ],
  [{ message: { attachment: { type: "template", payload: {} } } }, "[template]"],
  [{ message: { attachment: { type: "image", payload: { url: "https://a.example" } } } }, null],
  [{ message: {} }, null],
  [7, null],
])("%j is read as %j", (message, text) => expect(textOf(message)).toBe(text));
