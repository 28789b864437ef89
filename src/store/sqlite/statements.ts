import type Database from "better-sqlite3";
import type { Db } from "./db.ts";

/** A statement that is run whole: one that is read row by row can't be shared. */
type Whole<Values extends unknown[], Row> = Pick<Database.Statement<Values, Row>, "run" | "get" | "all">;

/** What operations prepare their statements with. */
export interface Statements {
  prepare<Values extends unknown[] | object = unknown[], Row = unknown>(
    sql: string,
  ): Whole<Values extends unknown[] ? Values : [Values], Row>;
}

/**
 * Each text is prepared once on a connection, however many operations use it, and when it is first run: a start had to
 * wait for 485 of them, 20 ms on our machine, and most lives run fewer than a hundred.
 */
export function sharedStatements(db: Db): Statements {
  const statements = new Map<string, LazyStatement>();
  const prepare = (sql: string): LazyStatement => {
    const statement = statements.get(sql) ?? new LazyStatement(db, sql);
    statements.set(sql, statement);
    return statement;
  };
  return { prepare: prepare as Statements["prepare"] };
}

class LazyStatement implements Whole<unknown[], unknown> {
  readonly #db: Db;
  readonly #sql: string;
  #prepared: Database.Statement<unknown[]> | null = null;

  constructor(db: Db, sql: string) {
    this.#db = db;
    this.#sql = sql;
  }

  run(...values: unknown[]) {
    return this.#statement().run(...values);
  }

  get(...values: unknown[]) {
    return this.#statement().get(...values);
  }

  all(...values: unknown[]) {
    return this.#statement().all(...values);
  }

  #statement() {
    this.#prepared ??= this.#db.prepare(this.#sql);
    return this.#prepared;
  }
}
