import { expect, test } from "vitest";
import { textOf } from "./text-of.ts";

test.each<[unknown, string | null]>([
  [{ type: "text", text: { body: "Hi" } }, "Hi"],
  [{ type: "interactive", interactive: { type: "button", body: { text: "Which?" } } }, "Which?"],
  [{ type: "image", image: { link: "https://a.example", caption: "Look" } }, "Look"],
  [{ type: "image", image: { link: "https://a.example" } }, null],
  [{ type: "template", template: { name: "order_ready" } }, "[template] order_ready"],
  [{ type: "location", location: { name: "Harbour", latitude: 1, longitude: 2 } }, "[location] Harbour (1, 2)"],
  [{ type: "contacts", contacts: [{ name: { formatted_name: "Bo" } }] }, "[contact] Bo"],
  [7, null],
])("%j is read as %j", (message, text) => expect(textOf(message)).toBe(text));
