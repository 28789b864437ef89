/**
 * Goal: `turnpike/agent` runs in every JavaScript runtime. Method: no file that it loads imports anything of
 * Node, or a package but the one that verifies signatures, which is plain JavaScript.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** `import type` and `export type` load nothing; neither does a list of nothing but types. */
const LOADS = /^(?:import|export) (?!type\b)([^;]*?)from "([^"]+)"/gm;

function loadedBy(file: URL, seen = new Set<string>()): Set<string> {
  for (const [, names = "", target = ""] of readFileSync(file, "utf8").matchAll(LOADS)) {
    const listed = /^\{([\s\S]*)\}\s*$/
      .exec(names)?.[1]
      ?.split(",")
      .map((name) => name.trim());
    if (listed?.filter((name) => name !== "").every((name) => name.startsWith("type "))) continue;
    const next = target.startsWith(".") ? new URL(target, file) : null;
    const name = next === null ? target : next.pathname.replace(/.*\/src\//, "src/");
    if (seen.has(name)) continue;
    seen.add(name);
    if (next !== null) loadedBy(next, seen);
  }
  return seen;
}

const loaded = loadedBy(new URL("../index.ts", import.meta.url));

test("the walk found the client", () => {
  expect([...loaded]).toEqual(expect.arrayContaining(["src/agents/client/connect.ts", "src/runtime/clock.ts"]));
});

test("it loads no part of Node, of the gateway or of a package but one", () => {
  const allowed =
    /^(src\/(agents\/(client\/|ping\.ts|print-error\.ts)|runtime\/(clock|wall-clock|web-random)\.ts)|standardwebhooks$)/;
  expect([...loaded].filter((name) => !allowed.test(name))).toEqual([]);
});
