/** Goal: a text that comes in pieces goes out in whole sentences, and nothing of it is lost or changed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { sentencesOf } from "./sentences.ts";

async function partsOf(pieces: readonly string[], charsMin = 10, language = "en"): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of sentencesOf(pieces, { charsMin, language })) parts.push(part);
  return parts;
}

test("a part ends where a sentence ends, and the rest comes at the end", async () => {
  const pieces = ["VPC peer", "ing is a link. It joins", " two networks. The", " rest", " is routing"];
  expect(await partsOf(pieces)).toEqual(["VPC peering is a link.", "It joins two networks.", "The rest is routing"]);
});

test("a part has at least so many characters, unless the text is shorter", async () => {
  expect(await partsOf(["A. ", "B. ", "C. "], 400)).toEqual(["A. B. C."]);
});

test("sentences of languages that use no spaces end too", async () => {
  const parts = await partsOf(["今日は天気がいい", "です。散歩に", "行きましょう。"], 5, "ja");
  expect(parts).toEqual(["今日は天気がいいです。", "散歩に行きましょう。"]);
});

test("nothing gives nothing", async () => {
  expect(await partsOf([])).toEqual([]);
  expect(await partsOf([" ", "\n"])).toEqual([]);
});

test("whatever the pieces are, the words come out in order and unchanged", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom("a", "B", ".", "!", " ", "\n", "。", "🛣️") })),
      async (pieces) => {
        const bare = (text: string) => text.replaceAll(/\s/g, "");
        expect(bare((await partsOf(pieces)).join(""))).toBe(bare(pieces.join("")));
      },
    ),
  );
});
