import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

const MIGRATION_NAME = /^(\d{4})_([a-z0-9][a-z0-9_-]*)\.sql$/;

/**
 * The migrations of a folder (a URL that ends with a slash), in order. Stores read theirs when they are loaded, so that a
 * package that is replaced under a running process never mixes the code of one version with the schema of another. Throws
 * when a file is missing or misnamed: an incomplete package must not open a database.
 */
export function readMigrations(folder: URL): readonly Migration[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".sql"));
  if (files.length === 0) throw new Error(`${fileURLToPath(folder)} contains no migration`);
  return files.sort().map((file, index) => {
    const [, digits, name] = MIGRATION_NAME.exec(file) ?? [];
    if (name === undefined) throw new Error(`${file}: a migration is named NNNN_name.sql, in lower case`);
    const version = index + 1;
    if (Number(digits) !== version) {
      const expected = String(version).padStart(4, "0");
      throw new Error(`${file}: the numbers must be consecutive from 0001; here ${expected} was expected`);
    }
    return { version, name, sql: readFileSync(new URL(file, folder), "utf8") };
  });
}
