import { copyFileSync, existsSync, rmSync } from "node:fs";
import Database from "better-sqlite3";

/** Rows that a killed process left in each state that waits for something. */
export type Wreck = ReadonlyMap<string, number>;

const QUERY = `
  SELECT 'turn ' || state AS state, count(*) AS count FROM turn WHERE ended_at IS NULL GROUP BY state
  UNION ALL SELECT 'delivery ' || state, count(*) FROM delivery WHERE ended_at IS NULL GROUP BY state`;

/** Looks at a copy of the file and its log, so that the next process finds exactly what the dead one left. */
export function lookAtWreck(file: string): Wreck {
  const copy = `${file}.wreck`;
  for (const suffix of ["", "-wal"]) {
    rmSync(`${copy}${suffix}`, { force: true });
    if (existsSync(`${file}${suffix}`)) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
  }
  const db = new Database(copy);
  try {
    const isMade = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'delivery'").get() !== undefined;
    const rows = isMade ? db.prepare<[], { state: string; count: number }>(QUERY).all() : [];
    return new Map(rows.map(({ state, count }) => [state, count]));
  } finally {
    db.close();
  }
}
