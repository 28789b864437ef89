/** Goal: a streamed text is split into whole sentences without loss. */
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

test("a part has at least charsMin characters, unless the text is shorter", async () => {
  expect(await partsOf(["A. ", "B. ", "C. "], 400)).toEqual(["A. B. C."]);
});

test("sentences of languages that use no spaces end too", async () => {
  const parts = await partsOf(["今日は天気がいい", "です。散歩に", "行きましょう。"], 5, "ja");
  expect(parts).toEqual(["今日は天気がいいです。", "散歩に行きましょう。"]);
});

test("an empty text has no parts", async () => {
  expect(await partsOf([])).toEqual([]);
  expect(await partsOf([" ", "\n"])).toEqual([]);
});

test("property: the words come out in order and unchanged", async () => {
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
