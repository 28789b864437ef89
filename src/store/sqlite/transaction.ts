import type Database from "better-sqlite3";
import type { Random } from "../../runtime/random.ts";
import { type AnyStatement, type ParameterValue, type Statement, valuesOf } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import type { Db } from "./connection.ts";
import { sqliteDialect } from "./dialect.ts";
import type { StoreClock } from "./store-clock.ts";

interface Prepared {
  readonly native: Database.Statement<unknown[], unknown>;
  bind(parameters: object): readonly unknown[];
}

/** The `Transaction` over the one connection: each statement is prepared when it is first run. */
export function sqliteTransaction(db: Db, { clock, random }: { clock: StoreClock; random: Random }): Transaction {
  const prepared = new Map<number, Prepared>();

  function prepare(statement: AnyStatement): Prepared {
    const known = prepared.get(statement.id);
    if (known !== undefined) return known;
    const compiled = statement.compiled(sqliteDialect);
    const native = db.prepare<unknown[], unknown>(compiled.text);
    const fresh: Prepared = { native, bind: (parameters) => nativeOf(valuesOf(compiled, parameters)) };
    prepared.set(statement.id, fresh);
    return fresh;
  }

  return {
    random: random,
    now: clock.now,
    wall: clock.wall,
    doubtedMs: clock.doubtedMs,
    async get<P extends object, R>(statement: Statement<P, R>, parameters: P) {
      const { native, bind } = prepare(statement);
      return native.get(...bind(parameters)) as R | undefined;
    },
    async all<P extends object, R>(statement: Statement<P, R>, parameters: P) {
      const { native, bind } = prepare(statement);
      return native.all(...bind(parameters)) as R[];
    },
    async run(statement, parameters) {
      const { native, bind } = prepare(statement);
      return native.run(...bind(parameters));
    },
    // Writes are serialised by group commit.
    lock: () => Promise.resolve(),
  };
}

/** A list is bound as JSON text, for `sqliteDialect`. */
function nativeOf(values: readonly ParameterValue[]): readonly unknown[] {
  return values.some(isList) ? values.map((value) => (isList(value) ? JSON.stringify(value) : value)) : values;
}

const isList = (value: ParameterValue) => typeof value === "object" && value !== null;
