import type { Db } from "./db.ts";

/** What operations prepare their statements with. */
export type Statements = Pick<Db, "prepare">;

/**
 * Each text is prepared once on a connection, however many operations use it: 218 statements at a start, where it was
 * 485. Only for statements that are run whole (`run`, `get`, `all`): one that is read row by row can't be shared.
 */
export function sharedStatements(db: Db): Statements {
  const prepared = new Map<string, unknown>();
  const prepare = (sql: string): unknown => {
    const known = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  return { prepare: prepare as Db["prepare"] };
}
