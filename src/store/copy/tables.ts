/** What the two databases have in common: tables of the same names, with the same columns and the same ids. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

export type Value = string | number | null;

/** Rows at work: whoever leased them is gone, because the file is ours, so nobody need wait until they run out. */
export const LEASE = "lease_expires_at";

/** The value as PostgreSQL can keep it: its text holds every character but one. */
export function storable(value: Value): Value {
  return typeof value === "string" && value.includes("\u0000") ? value.replaceAll("\u0000", "\uFFFD") : value;
}
