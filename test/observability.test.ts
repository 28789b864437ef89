/**
 * Goal: docs/observability.md says what is exported and logged. Method: its tables are made anew and compared; its lines
 * are looked for in the program, and the program's lines, as far as the canary hears them, in it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withTables } from "../scripts/observability-tables.ts";
import { SCENARIOS } from "./support/canary/scenarios.ts";

const root = new URL("../", import.meta.url);
const document = readFileSync(new URL("docs/observability.md", root), "utf8");

test("the tables of docs/observability.md are current (node scripts/observability-tables.ts)", () => {
  expect(document).toBe(withTables(document));
});

const [, lines = ""] = document.split("## Log lines");
const documented = [...(lines.split("\n## ")[0] ?? "").matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = ""]) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, message = ""]) => message),
);

function sources(): string {
  const files = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" });
  const shipped = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  return shipped.map((file) => readFileSync(new URL(`src/${file}`, root), "utf8")).join("\n");
}

test("every line that the document names is written by the program", () => {
  const text = sources();
  const missing = documented.filter((message) => !text.includes(`"${message}"`));
  expect(documented.length).toBeGreaterThan(30);
  expect(missing).toEqual([]);
});

/** Beside the outcomes: said once at a start, or in passing. */
const IN_PASSING = new Set(["typing indicator not shown", "reply adapted", "message without a turn queued"]);

test("every line of an ordinary and of a failing turn is named by the document", async () => {
  const names = ["an openab core says too much", "an agent throws the words"] as const;
  const played = await Promise.all(names.map(async (name) => (await SCENARIOS[name]?.())?.messages ?? []));
  const unnamed = played.flat().filter((message) => !documented.includes(message) && !IN_PASSING.has(message));
  expect([...new Set(unnamed)]).toEqual([]);
});
