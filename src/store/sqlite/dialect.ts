import type { Dialect } from "../dialect.ts";

export const sqliteDialect: Dialect = {
  placeholder: () => "?",
  repeatsParameters: false,
  // A list is bound as JSON text: `connection.ts`.
  isIn: (column, list) => `${column} IN (SELECT value FROM json_each(${list}))`,
  greatest: (one, other) => `max(coalesce(${one}, ${other}), coalesce(${other}, ${one}))`,
  least: (one, other) => `min(coalesce(${one}, ${other}), coalesce(${other}, ${one}))`,
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  indexedBy: (index) => `INDEXED BY ${index}`,
  // The file is locked for one process, so every other owner is dead and nobody need wait out its lease.
  isOrphaned: () => "TRUE",
};
