/** Goal: what holds secrets or people's words can't be added to the repository by accident. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("regression_files_with_secrets_and_messages_are_ignored_by_git", () => {
  const ignored = readFileSync(new URL("../.gitignore", import.meta.url), "utf8").split("\n");
  expect(ignored).toEqual(expect.arrayContaining([".env", ".env.*", "secrets*", "data/", "*.db", "*.db-wal"]));
  // A line that begins with ! takes an earlier one back; an example without values is the only one that may.
  expect(ignored.filter((line) => line.startsWith("!") && line !== "!.env.example")).toEqual([]);
});
