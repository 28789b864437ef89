import { STEADY_MS } from "../../core/lease.ts";
import type { Dialect } from "../dialect.ts";

export const postgresDialect: Dialect = {
  placeholder: (number) => `$${number}`,
  repeatsParameters: true,
  isIn: (column, list) => `${column} = ANY (${list}::text[])`,
  rowsOf: (list) => `unnest(${list}::text[]) AS listed (value)`,
  // Both ignore a NULL.
  greatest: (one, other) => `greatest(${one}, ${other})`,
  least: (one, other) => `least(${one}, ${other})`,
  contains: (text, part) => `strpos(${text}, ${part}) > 0`,
  indexedBy: () => "",
  // The lease expired, or its owner deregistered, or the owner's heartbeats stopped while the database was reachable.
  isOrphaned: (of) => `(${of}.lease_expires_at <= :now OR EXISTS (
    SELECT 1 FROM owner AS o CROSS JOIN probe
    WHERE o.owner = ${of}.owner
      AND (o.expires_at = 0 OR (o.expires_at <= :now AND probe.steady_since <= :now - ${STEADY_MS}))))`,
};
