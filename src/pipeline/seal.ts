import { reasonOf } from "../runtime/log.ts";
import type { Tick } from "../runtime/loop.ts";
import { allThatSucceed } from "../runtime/until-available.ts";
import type { Deps } from "./deps.ts";

const LIMIT = 200;

/** Due turns become ready. */
export async function seal(deps: Deps): Promise<Tick> {
  const { due, nextInMs } = await deps.store.dueTurns(LIMIT);
  const results = await allThatSucceed(
    due.map((turnId) => sealOne(deps, turnId)),
    (error) => deps.log.error({ reason: reasonOf(error) }, "turn not sealed"),
  );
  if (results.includes("ready")) deps.wake.signal("claim");
  const failed = results.length < due.length;
  return { more: due.length >= LIMIT || results.includes("later"), nextInMs, failed };
}

async function sealOne(deps: Deps, turnId: string): Promise<"ready" | "later" | "empty" | "gone"> {
  const from = deps.clock.now();
  const result = await deps.store.sealTurn(turnId);
  if (result === "ready") {
    deps.log.info({ turnId }, "turn sealed");
    deps.traces.note(turnId, "seal", { from, to: deps.clock.now() });
  }
  if (result === "empty") {
    deps.metrics.turns.inc({ outcome: "empty" });
    deps.log.warn({ turnId }, "turn closed as empty: its events are gone");
  }
  return result;
}
