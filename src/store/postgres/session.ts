import type { PoolClient } from "pg";
import { type AnyStatement, type ParameterValue, type Statement, valuesOf } from "../statement.ts";
import type { Statements } from "../transaction.ts";
import { classifyError } from "./classify-error.ts";
import { postgresDialect } from "./dialect.ts";
import { Pipeline, type Result } from "./pipeline.ts";
import { ROW_TYPES } from "./pool.ts";
import { replaceNul } from "./replace-nul.ts";
import { type StoreClock, storeClock } from "./store-clock.ts";

/** A connection for operations. Each statement is prepared once per connection. */
export interface Session extends Statements {
  readonly client: PoolClient;
  readonly clock: StoreClock;
  begin(): Promise<void>;
}

export function createSession(client: PoolClient): Session {
  const pipeline = new Pipeline(client, ROW_TYPES);

  async function query(name: string, text: string, values: readonly (string | null)[] = []): Promise<Result> {
    try {
      return await pipeline.run(name, text, values);
    } catch (error) {
      throw classifyError(error);
    }
  }

  function queryWith(statement: AnyStatement, parameters: object): Promise<Result> {
    const compiled = statement.compiled(postgresDialect);
    return query(`turnpike_${statement.id}`, compiled.text, valuesOf(compiled, parameters).map(toText));
  }

  const run: Statements = {
    async get<P extends object, R>(statement: Statement<P, R>, parameters: P) {
      return (await queryWith(statement, parameters)).rows[0] as R | undefined;
    },
    async all<P extends object, R>(statement: Statement<P, R>, parameters: P) {
      return (await queryWith(statement, parameters)).rows as R[];
    },
    run: queryWith,
  };
  return {
    client,
    ...run,
    clock: storeClock(run),
    begin: async () => {
      await query("turnpike_begin", "BEGIN");
    },
  };
}

function toText(value: ParameterValue): string | null {
  if (value === null) return null;
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? replaceNul(value) : arrayOf(value);
}

/** An array in PostgreSQL's text format. */
function arrayOf(texts: readonly string[]): string {
  const quoted = texts.map((text) => `"${replaceNul(text).replaceAll(/["\\]/g, "\\$&")}"`);
  return `{${quoted.join(",")}}`;
}
