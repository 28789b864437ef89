/** Goal: docs/channels.md says what the channels do. Method: the table is made anew and compared. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { channelsTable, withTable } from "../scripts/channels-table.ts";
import { withoutEntry } from "../scripts/without-channel.ts";
import { CHANNELS } from "../src/channels/index.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

test("the table of docs/channels.md is current (node scripts/channels-table.ts)", () => {
  const document = read("../docs/channels.md");
  expect(document).toBe(withTable(document));
});

test("it has a column for every channel", () => {
  const [head = ""] = channelsTable().split("\n");
  for (const name of Object.keys(CHANNELS)) expect(head).toContain(name);
});

test.skipIf(!Object.keys(CHANNELS).includes("messenger")).each([
  ["src/channels/index.ts", 2],
  ["src/index.ts", 1],
] as const)("in %s a channel is named by %i lines", (path, count) => {
  const list = read(`../${path}`);
  const without = withoutEntry(path, list, "messenger");
  expect(without).not.toContain("messenger");
  expect(list.split("\n").length - without.split("\n").length).toBe(count);
});
