import type { Chance } from "../../../runtime/chance.ts";
import type { Clock } from "../../../runtime/clock.ts";
import type { Db } from "../db.ts";

/** What an operation works with. Each file in this folder is one method of `Store`, as `prepare(context) → method`. */
export interface Context {
  readonly db: Db;
  /** The store's one clock. */
  readonly clock: Clock;
  readonly chance: Chance;
}
