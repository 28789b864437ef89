/**
 * Writes each store's migrations (`src/store/<kind>/migrations/NNNN_name.sql`) into `embedded.generated.ts` beside
 * them, so that the built package needs no file but its own modules. `--check` writes nothing and exits 1 when one of
 * them is stale.
 */
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const GENERATED = "embedded.generated.ts";
const MIGRATION_NAME = /^(\d{4})_([a-z0-9][a-z0-9_-]*)\.sql$/;

export interface EmbeddedModule {
  readonly file: URL;
  readonly text: string;
  readonly isStale: boolean;
}

/** The expected generated modules, one for each store under `storeDir` (a URL that ends with a slash). */
export async function planModules(storeDir: URL): Promise<EmbeddedModule[]> {
  const entries = existsSync(storeDir) ? await readdir(storeDir, { withFileTypes: true }) : [];
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => new URL(`${entry.name}/migrations/`, storeDir))
    .filter((folder) => existsSync(folder));
  return Promise.all(folders.map(planModule));
}

async function planModule(folder: URL): Promise<EmbeddedModule> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  if (names.length === 0) throw new Error(`${fileURLToPath(folder)} contains no migration`);
  const migrations: string[] = [];
  for (const [index, name] of names.entries()) {
    const sql = await readFile(new URL(name, folder), "utf8");
    migrations.push(renderMigration(name, index + 1, sql));
  }
  const text = renderModule(migrations);
  const file = new URL(GENERATED, folder);
  const isStale = !existsSync(file) || (await readFile(file, "utf8")) !== text;
  return { file, text, isStale };
}

function renderMigration(fileName: string, expectedVersion: number, sql: string): string {
  const [, digits, name] = MIGRATION_NAME.exec(fileName) ?? [];
  if (digits === undefined || name === undefined) {
    throw new Error(`${fileName}: a migration is named NNNN_name.sql, in lower case`);
  }
  if (Number(digits) !== expectedVersion) {
    const wanted = String(expectedVersion).padStart(4, "0");
    throw new Error(`${fileName}: the numbers must be consecutive from 0001; here ${wanted} was expected`);
  }
  // A template literal keeps diffs of this file readable.
  const literal = sql.replaceAll("\r\n", "\n").replace(/[\\`]|\$\{/g, "\\$&");
  return `  { version: ${expectedVersion}, name: ${JSON.stringify(name)}, sql: \`${literal}\` },\n`;
}

function renderModule(migrations: readonly string[]): string {
  return [
    "// Written by scripts/embed-migrations.ts from the .sql files beside it. Change those, then run it.\n",
    "export const MIGRATIONS: readonly { version: number; name: string; sql: string }[] = [\n",
    ...migrations,
    "];\n",
  ].join("");
}

/** Brings the generated modules up to date and returns those that were not. */
export async function embedMigrations(storeDir: URL): Promise<URL[]> {
  const stale = (await planModules(storeDir)).filter((module) => module.isStale);
  for (const module of stale) await writeFile(module.file, module.text);
  return stale.map((module) => module.file);
}

/** Paths of the generated modules that differ from their `.sql` files. Writes nothing. */
export async function staleModules(storeDir: URL): Promise<string[]> {
  const modules = await planModules(storeDir);
  return modules.filter((module) => module.isStale).map((module) => fileURLToPath(module.file));
}

async function main(args: readonly string[]): Promise<void> {
  const storeDir = new URL("../src/store/", import.meta.url);
  if (!args.includes("--check")) {
    for (const file of await embedMigrations(storeDir)) console.log(`wrote ${fileURLToPath(file)}`);
    return;
  }
  const stale = await staleModules(storeDir);
  for (const path of stale) console.error(`${path} is stale: run "node scripts/embed-migrations.ts" and commit it`);
  if (stale.length > 0) process.exitCode = 1;
}

if (import.meta.main) await main(process.argv.slice(2));
