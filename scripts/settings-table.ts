/**
 * Generates the table of `docs/settings.md` from the settings.
 *
 *   node scripts/settings-table.ts           writes it
 *   node scripts/settings-table.ts --check   fails when it is out of date
 */
import { readFileSync, writeFileSync } from "node:fs";
import { ALL_SETTINGS } from "../src/config/settings-tree.ts";
import type { Named } from "../src/settings/names.ts";
import type { Setting } from "../src/settings/setting.ts";

const DOCUMENT = new URL("../docs/settings.md", import.meta.url);
const BEGIN = "<!-- made by scripts/settings-table.ts -->";
const END = "<!-- end of what is made -->";

/** Of a listed account only its name is shown: its other settings are those beside the list. */
function isShown({ path }: Named): boolean {
  return !path.includes(".accounts[]") || path.endsWith(".accounts[].account");
}

function defaultOf({ default: value, defaultWords }: Setting): string {
  if (defaultWords !== undefined) return defaultWords;
  if (value === null || (Array.isArray(value) && value.length === 0)) return "–";
  if (typeof value === "boolean") return value ? "`on`" : "`off`";
  return `\`${String(value)}\``;
}

const cell = (text: string) => text.replaceAll("|", "\\|");

function row({ path, node, variables }: Named): string {
  const names = variables.length === 0 ? "–" : variables.map((name) => `\`${name}\``).join(" or ");
  const [fallback, allowed] = node.node === "list" ? ["–", "a list"] : [defaultOf(node), node.kind.allowed];
  return `| \`${path}\` | ${names} | ${fallback} | ${cell(allowed)} | ${cell(node.meaning)} |`;
}

/** The table of all settings. */
export function settingsTable(): string {
  const head = "| in the file | in the environment | default | allowed | |\n|---|---|---|---|---|";
  return [head, ...ALL_SETTINGS.filter(isShown).map(row)].join("\n");
}

/** The document with the current table. */
export function withSettings(document: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/settings.md must hold ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${settingsTable()}\n\n${END}${after}`;
}

if (import.meta.main) {
  const document = readFileSync(DOCUMENT, "utf8");
  const current = withSettings(document);
  if (!process.argv.includes("--check")) writeFileSync(DOCUMENT, current);
  else if (document !== current) throw new Error("docs/settings.md is out of date: run node scripts/settings-table.ts");
}
