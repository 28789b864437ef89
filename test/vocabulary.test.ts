/**
 * Goal: the project speaks the field's language everywhere: the words that it gave up don't come back.
 * Method: every line of code, SQL, comments, documents, settings and examples, and every file's name, is compared with the
 * list in `support/vocabulary.ts`.
 */
import { glob, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Document } from "./support/architecture/tree.ts";
import { OLD_WORDS, oldWordsIn, wordsOfLine } from "./support/vocabulary.ts";

const NOT_OURS = new Set(["node_modules", "dist", ".git", "coverage", "data"]);
const IS_READ = /\.(tsx?|css|html|mjs|py|sql|md|ya?ml|json|svg|service|conf)$|\/Dockerfile$/;
/** What a platform sent or publishes is in its own words. */
const IS_QUOTED = /(^|\/)package-lock\.json$|\/fixtures\/|\/specs\/|^test\/(support\/)?vocabulary\./;

async function documentsOf(root: URL): Promise<Document[]> {
  const cwd = fileURLToPath(root);
  const documents: Document[] = [];
  for await (const entry of glob("**", { cwd, withFileTypes: true, exclude: (entry) => NOT_OURS.has(entry.name) })) {
    if (!entry.isFile()) continue;
    const path = posix.relative(cwd, posix.join(entry.parentPath, entry.name));
    if (!IS_READ.test(path) || IS_QUOTED.test(path)) continue;
    documents.push({ path, text: await readFile(new URL(path, root), "utf8") });
  }
  return documents;
}

const documents = await documentsOf(new URL("../", import.meta.url));

test("everything that is written was read", () => {
  const paths = documents.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      "README.md",
      "docs/glossary.md",
      "src/core/turn.ts",
      "src/store/postgres/migrations/0001_schema.sql",
      "examples/turnpike.yaml",
      "scripts/check.ts",
    ]),
  );
});

test("no old word is left", () => {
  expect(oldWordsIn(documents)).toEqual([]);
});

test("an exception is for a file that is there and holds the word", () => {
  const unused = OLD_WORDS.flatMap(({ except = [], ...word }) =>
    except
      .filter(
        ({ path }) =>
          oldWordsIn(
            documents.filter((one) => path.test(one.path)),
            [word],
          ).length === 0,
      )
      .map(({ path }) => String(path)),
  );
  expect(unused).toEqual([]);
});

describe("an old word is found", () => {
  test.each([
    ["in a comment", "// It waits at the door."],
    ["in an identifier", "const turnedAwayTotal = 0;"],
    ["in a column", "SELECT lent FROM reply_token"],
    ["in a message", 'log.info({}, "the road was chosen")'],
    ["in a capital", "const TICKET = 1;"],
  ])("%s", (_where, line) => {
    expect(oldWordsIn([{ path: "src/a.ts", text: `\n${line}` }])).toEqual([
      expect.stringMatching(/^src\/a\.ts:2 says/),
    ]);
  });

  test("in a file's name", () => {
    expect(oldWordsIn([{ path: "src/core/road.ts", text: "" }])).toEqual([
      'src/core/road.ts:0 says "road"; say: route',
    ]);
  });
});

test("identifiers are split into their words, and a word inside another is none", () => {
  expect(wordsOfLine("const fooBar = BAZ_QUX; // a-b")).toBe("const foo bar baz qux a b");
  expect(oldWordsIn([{ path: "src/a.ts", text: "broadcast to an outdoor address" }])).toEqual([]);
});
