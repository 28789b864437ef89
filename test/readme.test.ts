/** What the README and the docs show is what runs: each marked block is a file of `examples/`, to the character. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../", import.meta.url);
const PAGES = ["README.md", "docs/agents.md"];
const MARKED = /<!-- from (\S+) -->\n```\w+\n([\s\S]*?)```/g;

const blocks = PAGES.flatMap((page) =>
  [...readFileSync(new URL(page, root), "utf8").matchAll(MARKED)].map(([, file = "", code = ""]) => ({
    page,
    file,
    code,
  })),
);

test("there is a marked block on each page", () => {
  expect(new Set(blocks.map((block) => block.page))).toEqual(new Set(PAGES));
});

test.each(blocks)("the code of $file on $page is that file", ({ file, code }) => {
  expect(code).toBe(readFileSync(new URL(file, root), "utf8"));
});
