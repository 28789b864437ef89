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

test("every setting that is read is in docs/settings.md, and no other", () => {
  const page = readFileSync(new URL("docs/settings.md", root), "utf8");
  const documented = new Set(page.match(/\b(TURNPIKE|LINE)_[A-Z_]*[A-Z]/g));
  const files = ["src/config.ts", "src/channels/line/config.ts", "src/channels/line/economy/options.ts"];
  const sources = files.map((file) => readFileSync(new URL(file, root), "utf8"));
  const read = new Set(sources.join("\n").match(/\b(TURNPIKE|LINE)_[A-Z_]*[A-Z]\b/g));
  // A list in the code, not a variable of the environment.
  read.delete("LINE_VARIABLES");
  expect(documented).toEqual(read);
});
