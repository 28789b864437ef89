/** Goal: an answer is read as far as it can be; what can't be said names its field and takes nothing else along. */
import { describe, expect, test } from "vitest";
import { parseReplies } from "./protocol.ts";

const good = { type: "text", text: "the good part" };

function read(value: unknown) {
  const parsed = parseReplies(["the good part", value]);
  if (!parsed.ok) throw new Error(parsed.reason);
  const [first, ...rest] = parsed.value.replies;
  expect(first).toEqual(good);
  return { rest, unsayable: parsed.value.unsayable ?? [] };
}

describe("what can be read is said", () => {
  const url = "https://x.test/a.png";
  const choice = { label: "Yes", value: "yes" };
  test.each<[unknown, unknown[]]>([
    ["", []],
    [" \n", []],
    [null, []],
    [{ type: "text", text: "" }, []],
    [42, [{ type: "text", text: "42" }]],
    [{ type: "text", text: 42 }, [{ type: "text", text: "42" }]],
    [{ type: "image", url, caption: "", previewUrl: null }, [{ type: "image", url }]],
    [{ type: "image", url: "http://x.test/a.png" }, [{ type: "text", text: "http://x.test/a.png" }]],
    [{ type: "image", url, previewUrl: "http://x.test/a.png" }, [{ type: "image", url }]],
    [
      { type: "video", url: "http://x.test/a.mp4", caption: "see" },
      [{ type: "text", text: "see\nhttp://x.test/a.mp4" }],
    ],
    [{ type: "choices", text: "Well?", choices: [] }, [{ type: "text", text: "Well?" }]],
    [{ type: "choices", text: "", choices: [] }, []],
    [
      { type: "choices", text: "Well?", choices: [{ label: "Yes" }, "No", { label: 3, value: 3 }, { label: "" }] },
      [
        {
          type: "choices",
          text: "Well?",
          choices: [
            { label: "Yes", value: "Yes" },
            { label: "No", value: "No" },
            { label: "3", value: "3" },
          ],
        },
      ],
    ],
    [{ type: "card", title: "Shoes", text: "", imageUrl: "" }, [{ type: "card", title: "Shoes" }]],
    [{ type: "card", title: "", text: "Shoes" }, [{ type: "card", title: "Shoes" }]],
    [
      { type: "card", title: "Shoes", imageUrl: "http://x.test/a.png" },
      [{ type: "card", title: "Shoes", text: "http://x.test/a.png" }],
    ],
    [
      { type: "card", title: "Shoes", actions: [{ label: "Buy" }, { ...choice, url: "" }] },
      [{ type: "card", title: "Shoes", actions: [{ label: "Buy", value: "Buy" }, choice] }],
    ],
    [{ type: "carousel", cards: [{ title: "Shoes", text: "" }] }, [{ type: "carousel", cards: [{ title: "Shoes" }] }]],
  ])("%j", (value, rest) => {
    expect(read(value)).toEqual({ rest, unsayable: [] });
  });

  test("what a function gives by mistake: no words for false, a value for a missing label", () => {
    expect(read(false)).toEqual({ rest: [], unsayable: [] });
    const choices = [{ value: "Yes" }];
    expect(read({ type: "choices", text: "Well?", choices }).rest).toEqual([
      { type: "choices", text: "Well?", choices: [{ label: "Yes", value: "Yes" }] },
    ]);
  });

  test("half an emoji is replaced, wherever it stands", () => {
    expect(read("cut \ud83d").rest).toEqual([{ type: "text", text: "cut \ufffd" }]);
    const flex = { type: "flex", altText: "\ude00" };
    expect(read({ type: "raw", channel: "line", message: flex }).rest).toEqual([
      { type: "raw", channel: "line", message: { type: "flex", altText: "\ufffd" } },
    ]);
  });
});

test("a function's value that JSON can't write takes nothing else along", () => {
  const cycle: Record<string, unknown> = { type: "text" };
  cycle.text = cycle;
  for (const value of [10n, cycle, { type: "raw", channel: "line", message: { n: 10n } }]) {
    const { rest, unsayable } = read(value);
    expect(rest).toEqual([]);
    expect(unsayable).toEqual([{ problem: expect.stringContaining("replies.1: read what JSON"), value: null }]);
    expect(() => JSON.stringify(unsayable)).not.toThrow();
  }
});

describe("what can't be said names its field, and quotes nothing", () => {
  test.each<[unknown, string]>([
    [{}, 'replies.1.type: read nothing; allowed is one of "text"'],
    [[], "replies.1: read a list of 0; allowed is an object"],
    [{ type: "hologram" }, 'replies.1.type: read a text of 8 characters; allowed is one of "text"'],
    [{ type: "text" }, "replies.1.text: read nothing; allowed is a text"],
    [{ type: "text", text: { secret: "swordfish" } }, "replies.1.text: read an object; allowed is a text"],
    [{ type: "image", url: "swordfish" }, "replies.1.url: read a text of 9 characters; allowed is an https:// URL"],
    [{ type: "choices", text: "Well?" }, "replies.1.choices: read nothing; allowed is a list"],
    [{ type: "card", title: "" }, "replies.1.title: read a text of 0 characters; allowed is at least 1 characters"],
    [{ type: "raw", message: {} }, "replies.1.channel: read nothing; allowed is a text"],
    [{ type: "raw", channel: "line", message: "swordfish" }, "replies.1.message: read a text of 9 characters"],
  ])("%j", (value, problem) => {
    const { rest, unsayable } = read(value);
    expect(rest).toEqual([]);
    expect(unsayable).toEqual([{ problem: expect.stringContaining(problem), value }]);
    expect(unsayable[0]?.problem).not.toContain("swordfish");
  });
});
