import Database from "better-sqlite3";

const METHODS = ["run", "get", "all"] as const;

/** What SQLite was asked. Counts on databases that are opened while it is there. */
export interface StatementCounter {
  /** The statements since the last time, in order. */
  take(): readonly string[];
  stop(): void;
}

/** Listens between the driver and the database. */
export function countStatements(): StatementCounter {
  let asked: string[] = [];
  const { prototype } = Database;
  const { prepare } = prototype;
  prototype.prepare = function listened(this: Database.Database, source: string) {
    const prepared = prepare.call(this, source);
    const words = source.trim().replaceAll(/\s+/g, " ");
    for (const method of METHODS) {
      const original = prepared[method] as (...values: unknown[]) => never;
      prepared[method] = (...values: unknown[]) => {
        asked.push(words);
        return original.apply(prepared, values);
      };
    }
    return prepared;
  } as typeof prepare;
  return {
    take() {
      const taken = asked;
      asked = [];
      return taken;
    },
    stop() {
      prototype.prepare = prepare;
    },
  };
}
