/** Goal: the list of mutations fits the code, so that `npm run mutations` takes away what it says. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { apply, readSource } from "../scripts/mutations/bench.ts";
import { MUTATIONS } from "../scripts/mutations/list.ts";

test.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))("%s", (_, { file, edits, tests }) => {
  const text = readSource(file);
  expect(edits.reduce((changed, edit) => apply(file, changed, edit), text)).not.toBe(text);
  expect(tests.files.filter((name) => !existsSync(new URL(`../${name}`, import.meta.url)))).toEqual([]);
});

test("no two mutations have the same name", () => {
  const names = MUTATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
