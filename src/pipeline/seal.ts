import type { Deps } from "../deps.ts";
import type { Tick } from "../runtime/loop.ts";

const LIMIT = 200;

/** Due turns become ready. */
export async function seal(deps: Deps): Promise<Tick> {
  const { due, nextInMs } = await deps.store.dueTurns(LIMIT);
  const results = await Promise.all(due.map((turnId) => deps.store.sealTurn(turnId)));
  for (const [index, result] of results.entries()) {
    if (result !== "empty") continue;
    deps.metrics.turns.inc({ outcome: "empty" });
    deps.log.info({ turnId: due[index] }, "turn closed as empty: its events are gone");
  }
  if (results.includes("ready")) deps.wake.signal("claim");
  return { more: due.length >= LIMIT || results.includes("later"), nextInMs };
}
