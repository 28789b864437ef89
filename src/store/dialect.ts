/** What two databases say differently. Everything else in `ops/` is SQL that both understand. */
export interface Dialect {
  readonly name: "sqlite" | "postgres";
  /** How a parameter is written: the `position`th of the text, which is the `number`th name in it. Both count from 1. */
  placeholder(number: number): string;
  /** Whether a name that stands in the text several times is one parameter. */
  readonly repeatsParameters: boolean;
  /** `column` is one of a list parameter's values. */
  isIn(column: string, list: string): string;
  /** A list parameter's values as rows of one column, `value`. */
  rowsOf(list: string): string;
  /** The greater of both; where one is NULL, the other. */
  greatest(one: string, other: string): string;
  /** The smaller of both; where one is NULL, the other. */
  least(one: string, other: string): string;
  /** `part` occurs in `text`. */
  contains(text: string, part: string): string;
  /** Behind a table's name: the index that the planner must use, where it can be told. */
  indexedBy(index: string): string;
  /** The owner of row `of` (a turn or a delivery) can't be working on it any more at `:now`. */
  isOrphaned(of: string): string;
}
