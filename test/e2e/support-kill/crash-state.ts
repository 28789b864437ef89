import { copyFileSync, existsSync, rmSync } from "node:fs";
import Database from "better-sqlite3";

/** Number of rows that a killed process left in each waiting state. */
export type CrashState = ReadonlyMap<string, number>;

const QUERY = `
  SELECT 'turn ' || state AS state, count(*) AS count FROM turn WHERE ended_at IS NULL GROUP BY state
  UNION ALL SELECT 'delivery ' || state, count(*) FROM delivery WHERE ended_at IS NULL GROUP BY state`;

/** A delivery with an unknown outcome. */
export interface UnknownDelivery {
  readonly state: string;
  readonly route: string | null;
  readonly reason: string | null;
  /** Time of the last attempt. */
  readonly asked_at: number | null;
  /** Expiry of the token with which it could have been retried. */
  readonly token_ends_at: number | null;
  /** JSON: what it says. */
  readonly messages: string;
}

/** Reads a file that no process has open. */
export function readUnknownDeliveries(file: string): readonly UnknownDelivery[] {
  const db = new Database(file, { readonly: true });
  try {
    return db
      .prepare<[], UnknownDelivery>(`
        SELECT d.state, d.route, d.reason, d.messages, max(a.started_at) AS asked_at, r.expires_at AS token_ends_at
        FROM delivery AS d LEFT JOIN attempt AS a USING (delivery_id) LEFT JOIN reply_token AS r USING (delivery_id)
        WHERE d.state IN ('unknown', 'dead') GROUP BY d.delivery_id`)
      .all();
  } finally {
    db.close();
  }
}

/** Reads a copy of the file and its WAL, so that the next process finds exactly what the killed one left. */
export function readCrashState(file: string): CrashState {
  const copy = `${file}.copy`;
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
