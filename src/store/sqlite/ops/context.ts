import type { Chance } from "../../../runtime/chance.ts";
import type { Statements } from "../statements.ts";
import type { StoreClock } from "../store-clock.ts";

/** What an operation works with. Each file in this folder is one method of `Store`, as `prepare(context) → method`. */
export interface Context {
  readonly db: Statements;
  readonly clock: StoreClock;
  readonly chance: Chance;
}
