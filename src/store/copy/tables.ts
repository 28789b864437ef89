/** Both databases have tables of the same names, with the same columns and ids. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

export type ColumnValue = string | number | null;

/** The lease column: a copied lease has no live owner, so it is copied as expired. */
export const LEASE = "lease_expires_at";
