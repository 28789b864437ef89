import type { PoolClient, QueryResult } from "pg";
import { type AnyStatement, type Statement, type Value, valuesOf } from "../statement.ts";
import type { Statements } from "../transaction.ts";
import { classifyError } from "./classify-error.ts";
import { postgresDialect } from "./dialect.ts";
import { ROW_TYPES } from "./pool.ts";
import { replaceNul } from "./replace-nul.ts";
import { type StoreClock, storeClock } from "./store-clock.ts";

/** A connection for operations. Each statement is prepared once per connection. */
export interface Session extends Statements {
  readonly client: PoolClient;
  readonly clock: StoreClock;
  /** One or several statements without parameters. Resolves to the last one's command tag. */
  exec(sql: string): Promise<string>;
}

export function createSession(client: PoolClient): Session {
  async function query(statement: AnyStatement, parameters: object): Promise<QueryResult> {
    const compiled = statement.compiled(postgresDialect);
    const values = valuesOf(compiled, parameters).map(storable);
    try {
      return await client.query({ name: `turnpike_${statement.id}`, text: compiled.text, values, types: ROW_TYPES });
    } catch (error) {
      throw classifyError(error);
    }
  }

  const run: Statements = {
    async get<P extends object, R>(statement: Statement<P, R>, parameters: P) {
      return (await query(statement, parameters)).rows[0] as R | undefined;
    },
    async all<P extends object, R>(statement: Statement<P, R>, parameters: P) {
      return (await query(statement, parameters)).rows as R[];
    },
    run: async (statement, parameters) => ({ changes: (await query(statement, parameters)).rowCount ?? 0 }),
  };
  return {
    client,
    ...run,
    clock: storeClock(run),
    async exec(sql) {
      try {
        return (await client.query(sql)).command;
      } catch (error) {
        throw classifyError(error);
      }
    },
  };
}

function storable(value: Value): Value {
  if (typeof value === "string") return replaceNul(value);
  return Array.isArray(value) ? value.map((one: string) => replaceNul(one)) : value;
}
