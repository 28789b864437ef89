import { STEADY_MS } from "../../core/lease.ts";
import type { Dialect } from "../dialect.ts";

/** SQL: at `:now` the owner `o` has deregistered, or its heartbeats stopped while the database was reachable. */
export const IS_OWNER_DEAD = `(o.expires_at = 0 OR (o.expires_at <= :now AND probe.steady_since <= :now - ${STEADY_MS}))`;

export const postgresDialect: Dialect = {
  placeholder: (number) => `$${number}`,
  repeatsParameters: true,
  isIn: (column, list) => `${column} = ANY (${list}::text[])`,
  // Both ignore a NULL.
  greatest: (one, other) => `greatest(${one}, ${other})`,
  least: (one, other) => `least(${one}, ${other})`,
  contains: (text, part) => `strpos(${text}, ${part}) > 0`,
  indexedBy: () => "",
  isOrphaned: (of) => `(${of}.lease_expires_at <= :now OR EXISTS (
    SELECT 1 FROM owner AS o CROSS JOIN probe WHERE o.owner = ${of}.owner AND ${IS_OWNER_DEAD}))`,
};
