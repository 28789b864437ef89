/** Goal: an edited message has its new wording, and all that an edit doesn't speak of. Method: contents by example. */
import { expect, test } from "vitest";
import type { InboundMessage } from "./event.ts";
import { reworded } from "./revision.ts";

const message = (fields: Partial<InboundMessage>) => ({ message: { id: "1", type: "text", ...fields } });

test("the text is the edit's, and mentions and emojis of the old text are gone with it", () => {
  const old = message({
    text: "@bot 5 (love)",
    mention: { mentionees: [] },
    emojis: [{ index: 7 }],
    quotedMessageId: "9",
  });
  expect(reworded(old, message({ text: "6", quoteToken: "q2" }))).toEqual(
    message({ text: "6", quoteToken: "q2", quotedMessageId: "9" }),
  );
});

test("an attachment stays when only its caption changes, and a caption can be taken away", () => {
  const old = message({ type: "image", mediaId: "m1", text: "old" });
  expect(reworded(old, message({ text: "new" }))).toEqual(message({ type: "image", mediaId: "m1", text: "new" }));
  expect(reworded(old, message({ type: "image" }))).toEqual(message({ type: "image", mediaId: "m1" }));
});

test("content without a message stays as it is", () => {
  const tap = { postback: { data: "buy" } };
  expect(reworded(tap, message({ text: "6" }))).toBe(tap);
  expect(reworded(message({ text: "5" }), {})).toEqual(message({ text: "5" }));
});
