import type { Chance } from "../../../runtime/chance.ts";
import type { Db } from "../db.ts";
import type { StoreClock } from "../store-clock.ts";

/**
 * What an operation works with: one connection, and the time of its transaction. Each file in this folder is one method
 * of `Store`, as `prepare(context) → method`. The conversation it is about is locked before it begins: see `../index.ts`.
 */
export interface Context {
  readonly db: Db;
  readonly clock: StoreClock;
  readonly chance: Chance;
}
