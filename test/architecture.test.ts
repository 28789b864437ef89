/**
 * Goal: the rules of the house hold, so that the folders tell the truth about the program.
 * Method: every rule is a function of the source tree that names what breaks it. Here it gets the real tree;
 * `architecture-rules.test.ts` shows each rule a broken one.
 */
import { expect, test } from "vitest";
import { RULE_NAMES, RULES } from "./support/architecture/rules.ts";
import { readTree } from "./support/architecture/tree.ts";

const root = new URL("../", import.meta.url);
const tree = await readTree(root);

test("the tree was read: it holds the core, its tests and this file", () => {
  const paths = tree.sources.map((file) => file.path);
  expect(paths).toEqual(
    expect.arrayContaining(["src/core/turn.ts", "src/core/turn.test.ts", "test/architecture.test.ts"]),
  );
  expect(tree.sources.find((file) => file.path === "src/core/turn.ts")?.imports).not.toEqual([]);
});

test.each(RULE_NAMES)("%s", (name) => {
  expect(RULES[name](tree)).toEqual([]);
});
