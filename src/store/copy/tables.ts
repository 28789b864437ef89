/** Both databases have tables of the same names, with the same columns and ids. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

export type Value = string | number | null;

/** The lease column: a copied lease has no live owner, so it is copied as expired. */
export const LEASE = "lease_expires_at";

/** The value as PostgreSQL can store it: its text can't contain NUL. */
export function storable(value: Value): Value {
  return typeof value === "string" && value.includes("\u0000") ? value.replaceAll("\u0000", "\uFFFD") : value;
}
