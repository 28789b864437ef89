import { copyFileSync, existsSync, rmSync } from "node:fs";
import Database from "better-sqlite3";

/** Rows that a killed process left in each state that waits for something. */
export type Wreck = ReadonlyMap<string, number>;

const QUERY = `
  SELECT 'turn ' || state AS state, count(*) AS count FROM turn WHERE ended_at IS NULL GROUP BY state
  UNION ALL SELECT 'delivery ' || state, count(*) FROM delivery WHERE ended_at IS NULL GROUP BY state`;

/** A delivery of which nobody can say whether it arrived. */
export interface Open {
  readonly state: string;
  readonly route: string | null;
  readonly reason: string | null;
  /** When LINE was last asked. */
  readonly asked_at: number | null;
  /** When the token died by which it could have been asked again. */
  readonly token_ends_at: number | null;
}

/** Of a file that nobody works with any more. */
export function lookForOpen(file: string): readonly Open[] {
  const db = new Database(file, { readonly: true });
  try {
    return db
      .prepare<[], Open>(`
        SELECT d.state, d.route, d.reason, max(a.started_at) AS asked_at, r.expires_at AS token_ends_at
        FROM delivery AS d LEFT JOIN attempt AS a USING (delivery_id) LEFT JOIN reply_token AS r USING (delivery_id)
        WHERE d.state IN ('unknown', 'dead') GROUP BY d.delivery_id`)
      .all();
  } finally {
    db.close();
  }
}

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
