import { expect, test } from "vitest";
import { type EventContent, joinTexts, type TurnEvent } from "./event.ts";

function event(content: EventContent): TurnEvent {
  const at = { sentAt: 1, receivedAt: 2 };
  return {
    eventId: "evt_1",
    platformEventId: "01F",
    type: "message",
    redelivered: false,
    sender: null,
    ...at,
    content,
  };
}

const text = (words: string) => event({ message: { id: "1", type: "text", text: words } });

test("the texts of a turn are joined with a newline, in their order", () => {
  expect(joinTexts([text("first"), text("second"), text("third")])).toBe("first\nsecond\nthird");
});

test("a text is taken as it is, with its own newlines and spaces", () => {
  expect(joinTexts([text("  a\n"), text("\tb ")])).toBe("  a\n\n\tb ");
});

test("what has no text leaves no empty line", () => {
  const sticker = event({ message: { id: "2", type: "sticker" } });
  const tap = event({ postback: { data: "buy=1" } });
  expect(joinTexts([sticker, text("a"), tap, text(""), event({}), text("b"), sticker])).toBe("a\nb");
});

test("a turn without any text has an empty one", () => {
  expect(joinTexts([])).toBe("");
  expect(joinTexts([event({ details: { joined: ["U1"] } })])).toBe("");
});
