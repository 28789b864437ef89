import type { Violation } from "./invariants.ts";
import type { ColumnValue, Table } from "./tables.ts";

export type Row = Readonly<Record<string, ColumnValue>>;

/** The store that is copied: locked, and never changed. */
export interface CopySource extends Disposable {
  /** For messages, and to recognise another copy of the same source. */
  readonly name: string;
  /** Names of all tables with their columns. */
  tables(): ReadonlyMap<string, readonly string[]>;
  count(table: string): number;
  rows(table: Table): IterableIterator<Row>;
  /** The store's time at the last commit. */
  writtenAt(): number;
  violations(): Violation[];
}
