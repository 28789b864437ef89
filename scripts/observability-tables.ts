/**
 * Generates the tables of `docs/observability.md` from the code: the exported metrics, and the fields of log lines.
 *
 *   node scripts/observability-tables.ts           writes them
 *   node scripts/observability-tables.ts --check   fails when they are out of date
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type FieldKind, LOG_FIELDS } from "../src/runtime/log-fields.ts";
import { createMetrics } from "../src/runtime/metrics.ts";

const DOCUMENT = new URL("../docs/observability.md", import.meta.url);
const END = "<!-- end of what is made -->";
const begin = (table: string) => `<!-- ${table}: made by scripts/observability-tables.ts -->`;

type Row = readonly string[];

function written(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

interface Registered {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames?: readonly string[];
}

export function metricsTable(): string {
  const metrics = createMetrics().registry.getMetricsAsArray() as unknown as readonly Registered[];
  const rows = metrics.map(({ name, help, type, labelNames = [] }) => [
    `\`${name}\``,
    type,
    labelNames.map((label) => `\`${label}\``).join(", "),
    help,
  ]);
  return written(["metric", "kind", "labels", "meaning"], rows);
}

const WRITTEN_AS: Readonly<Record<FieldKind, string>> = {
  id: "as it is",
  "platform-id": "as it is; hashed where it holds a phone number",
  value: "as it is",
  sentence: "without secrets, at most 400 characters",
  peer: "hashed",
  payload: "only with `TURNPIKE_LOG_PAYLOADS=on`",
};

export function fieldsTable(): string {
  const rows = Object.entries(LOG_FIELDS).map(([name, [kind, means]]) => [`\`${name}\``, means, WRITTEN_AS[kind]]);
  return written(["field", "meaning", "written"], rows);
}

/** The document with the current tables. */
export function withTables(document: string): string {
  return Object.entries({ metrics: metricsTable(), fields: fieldsTable() }).reduce((text, [name, table]) => {
    const [before, rest] = text.split(begin(name));
    const [, ...after] = rest?.split(END) ?? [];
    if (before === undefined || after.length === 0) throw new Error(`docs/observability.md must hold ${begin(name)}`);
    return `${before}${begin(name)}\n\n${table}\n\n${END}${after.join(END)}`;
  }, document);
}

if (import.meta.main) {
  const document = readFileSync(DOCUMENT, "utf8");
  const current = withTables(document);
  if (!process.argv.includes("--check")) writeFileSync(DOCUMENT, current);
  else if (document !== current) throw new Error("out of date: run node scripts/observability-tables.ts");
}
