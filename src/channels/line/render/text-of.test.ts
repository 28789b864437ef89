import { expect, test } from "vitest";
import { textOf } from "./text-of.ts";

test.each<[unknown, string | null]>([
  [{ type: "text", text: "Hi", quickReply: { items: [] } }, "Hi"],
  [{ type: "textV2", text: "Hi {you}" }, "Hi {you}"],
  [{ type: "flex", altText: "Or green", contents: {} }, "Or green"],
  [
    { type: "location", title: "Harbour", address: "1 Quay", latitude: 1, longitude: 2 },
    "[location] Harbour, 1 Quay (1, 2)",
  ],
  [{ type: "sticker", packageId: "1", stickerId: "2" }, "[sticker]"],
  [{ type: "image", originalContentUrl: "https://a.example" }, null],
  [{ type: "unsayable", value: 7 }, "[unsayable]"],
  [7, null],
])("%j is read as %j", (message, text) => expect(textOf(message)).toBe(text));
