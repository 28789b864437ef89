/** SQL that differs between the databases. Everything else in `ops/` is SQL that all of them understand. */
export interface Dialect {
  /** How a parameter is written: the `position`th of the text, which is the `number`th name in it. Both count from 1. */
  placeholder(number: number): string;
  /** Whether a parameter that occurs several times has one number. */
  readonly repeatsParameters: boolean;
  /** `column` is one of a list parameter's values. */
  isIn(column: string, list: string): string;
  /** The greater of both; where one is NULL, the other. */
  greatest(one: string, other: string): string;
  /** The smaller of both; where one is NULL, the other. */
  least(one: string, other: string): string;
  /** `part` occurs in `text`. */
  contains(text: string, part: string): string;
  /** Index hint after a table's name; empty where the database has none. */
  indexedBy(index: string): string;
  /** At `:now` the lease of row `of` (a turn or a delivery) is orphaned: its owner is dead, or it expired. */
  isOrphaned(of: string): string;
}
