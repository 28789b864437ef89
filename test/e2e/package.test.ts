/** Goal: what is installed loads only what it may. Method: the built modules, read from each entry on. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { expect, test } from "vitest";
import { loadedBy } from "../support/loaded-by.ts";

const ROOT = new URL("../../", import.meta.url);
const DIST = new URL("dist/", ROOT);
const { dependencies, exports } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
};

const loaded = (entry: string) => [...loadedBy(new URL(entry, DIST), DIST)];
const entryOf = (name: string) => (exports[name] as { readonly default: string }).default.replace("./dist/", "");

test("turnpike/agent loads nothing of Node, and no package but the one that verifies signatures", () => {
  const names = loaded(entryOf("./agent"));
  expect(names).toContain("standardwebhooks");
  expect(names.filter((name) => isBuiltin(name) || (!name.endsWith(".js") && name !== "standardwebhooks"))).toEqual([]);
});

test.each(["cli.js", entryOf("."), entryOf("./simulator")])(
  "%s loads no package that isn't installed with it",
  (entry) => {
    const packages = loaded(entry).filter((name) => !name.endsWith(".js") && !isBuiltin(name));
    expect(packages.length).toBeGreaterThan(0);
    const listed = Object.keys(dependencies);
    expect(packages.filter((name) => !listed.some((one) => name === one || name.startsWith(`${one}/`)))).toEqual([]);
  },
);
