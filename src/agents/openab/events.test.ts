import { describe, expect, test } from "vitest";
import { sampleTurn } from "../../../test/support/sample-turn.ts";
import type { EventContent, QuotedMessage } from "../../core/event.ts";
import { framesOf } from "./events.ts";

const QUOTED: QuotedMessage = { messageId: "p1", role: "assistant", text: "Red\nor blue?" };

/** The text of a turn's frame, whose one event has that content. */
async function textOf(content: EventContent): Promise<string | undefined> {
  const [sample] = sampleTurn().events;
  const events = sample === undefined ? [] : [{ ...sample, content }];
  const fetchMedia = () => Promise.resolve(null);
  const [frame] = await framesOf(sampleTurn({ events }), { split: false, fetchMedia });
  return (frame as { content?: { text?: string } } | undefined)?.content?.text;
}

const saying = (text: string) => ({ message: { id: "9", type: "text", text } });

describe("a core is given", () => {
  test("the quoted text in front of what was said", async () => {
    expect(await textOf({ quoted: QUOTED, ...saying("the second") })).toBe("> Red\n> or blue?\n\nthe second");
  });

  test("the beginning of a long one", async () => {
    const text = await textOf({ quoted: { ...QUOTED, text: "x".repeat(501) }, ...saying("hm") });
    expect(text).toBe(`> ${"x".repeat(500)}…\n\nhm`);
  });

  test("a command, and the value of a tapped button, as they are", async () => {
    expect(await textOf({ quoted: QUOTED, ...saying("/reset") })).toBe("/reset");
    expect(await textOf({ quoted: QUOTED, postback: { data: "RED" } })).toBe("RED");
  });

  test("nothing in front where the quoted message isn't known, or there is none", async () => {
    expect(await textOf({ quoted: { messageId: "p1" }, ...saying("that") })).toBe("that");
    expect(await textOf(saying("that"))).toBe("that");
  });
});
