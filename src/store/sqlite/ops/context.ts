import type { Chance } from "../../../runtime/chance.ts";
import type { Db } from "../db.ts";
import type { StoreClock } from "../store-clock.ts";

/** What an operation works with. Each file in this folder is one method of `Store`, as `prepare(context) → method`. */
export interface Context {
  readonly db: Db;
  readonly clock: StoreClock;
  readonly chance: Chance;
}
