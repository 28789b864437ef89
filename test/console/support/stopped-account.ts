/** A stopped account that only a person starts. */
import { until } from "../../e2e/support/eventually.ts";
import type { Somebody, World } from "../../e2e/support/world.ts";

/** LINE's account is stopped by somebody's answer, which waits for it. Its calls are refused until `faults.clear()`. */
export async function stoppedAccount(world: World): Promise<Somebody> {
  const person = world.somebody();
  world.line.faults.next("reply", { at: "before-accept", how: 401, times: 1 });
  // Asked whether it takes the account again, LINE says no.
  world.line.faults.next("info", { at: "before-accept", how: 401, times: 1_000 });
  await person.says("hi");
  await until("the account is stopped", () => world.gateway.value("SELECT stopped_at FROM account"));
  return person;
}
