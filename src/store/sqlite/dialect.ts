import type { Dialect } from "../dialect.ts";

export const sqliteDialect: Dialect = {
  // Compared with a bare parameter, a column makes SQLite 3.54 compile the statement again each time it is run: it looks
  // whether the value is 0 or 1, and clearing the bindings counts as a change. The unary plus does nothing else.
  placeholder: () => "+?",
  repeatsParameters: false,
  // A list is bound as JSON text: `transaction.ts`.
  isIn: (column, list) => `${column} IN (SELECT value FROM json_each(${list}))`,
  greatest: (one, other) => `max(coalesce(${one}, ${other}), coalesce(${other}, ${one}))`,
  least: (one, other) => `min(coalesce(${one}, ${other}), coalesce(${other}, ${one}))`,
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  indexedBy: (index) => `INDEXED BY ${index}`,
  // The file is locked for one process, so every other owner is dead.
  isOrphaned: () => "TRUE",
};
