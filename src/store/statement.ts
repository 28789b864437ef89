import type { Dialect } from "./dialect.ts";

/** A list is for `Dialect.isIn` only. */
export type ParameterValue = string | number | null | readonly string[];

/** A statement in one database's dialect. */
export interface Compiled {
  readonly text: string;
  /** Parameter names in the order of the placeholders. */
  readonly names: readonly string[];
}

type Source = string | ((dialect: Dialect) => string);

// Two colons are a cast in PostgreSQL.
const PARAMETER = /(?<![:\w]):([a-zA-Z]\w*)/g;

/** A statement of any parameter and row type. */
export type AnyStatement = Pick<Statement, "id" | "compiled">;

const statements: AnyStatement[] = [];

/**
 * One SQL statement with named parameters (`:turnId`), written once for all databases. `P` are the parameters, `R` is a row.
 * Each is a constant of its module: a connection prepares it when it is first used there.
 */
export class Statement<P extends object = object, R = unknown> {
  /** Counts from 1. */
  readonly id: number;
  declare readonly types?: (parameters: P) => R;
  readonly #source: Source;
  readonly #compiled = new Map<Dialect, Compiled>();

  constructor(source: Source) {
    this.#source = source;
    this.id = statements.push(this);
  }

  compiled(dialect: Dialect): Compiled {
    let compiled = this.#compiled.get(dialect);
    if (compiled === undefined) {
      compiled = compile(typeof this.#source === "string" ? this.#source : this.#source(dialect), dialect);
      this.#compiled.set(dialect, compiled);
    }
    return compiled;
  }
}

export function statement<P extends object = Readonly<Record<string, never>>, R = never>(
  source: Source,
): Statement<P, R> {
  return new Statement<P, R>(source);
}

/** Every statement of the loaded modules: tests check their query plans. */
export function allStatements(): readonly AnyStatement[] {
  return statements;
}

function compile(source: string, dialect: Dialect): Compiled {
  const names: string[] = [];
  const text = source.replace(PARAMETER, (_, name: string) => {
    const known = dialect.repeatsParameters ? names.indexOf(name) : -1;
    return dialect.placeholder(known === -1 ? names.push(name) : known + 1);
  });
  return { text, names };
}

/** The values in the order of the placeholders. Throws when one is missing: `undefined` would be stored as NULL. */
export function valuesOf({ names }: Compiled, parameters: object): ParameterValue[] {
  const values: ParameterValue[] = [];
  for (const name of names) {
    const value = (parameters as Readonly<Record<string, ParameterValue | undefined>>)[name];
    if (value === undefined) throw new TypeError(`the statement's parameter :${name} has no value`);
    values.push(value);
  }
  return values;
}
