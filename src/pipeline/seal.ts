import type { PollResult } from "../runtime/loop.ts";
import { fulfilledValues } from "../runtime/retry-while-unavailable.ts";
import type { Deps } from "./deps.ts";

const LIMIT = 200;

export type SealDeps = Pick<Deps, "store" | "clock" | "wake" | "report">;

/** Seals due turns: they become ready. */
export async function seal(deps: SealDeps): Promise<PollResult> {
  const { store, wake, report } = deps;
  const { due, nextInMs } = await store.dueTurns(LIMIT);
  const results = await fulfilledValues(
    due.map((turnId) => sealOne(deps, turnId)),
    (error) => report.seal({ kind: "failed", error }),
  );
  if (results.includes("ready")) wake.signal("claim");
  const failed = results.length < due.length;
  return { more: due.length >= LIMIT || results.includes("later"), nextInMs, failed };
}

async function sealOne(
  { store, clock, report }: SealDeps,
  turnId: string,
): Promise<"ready" | "later" | "empty" | "gone"> {
  const startedAt = clock.now();
  const kind = await store.sealTurn(turnId);
  report.seal({ kind, turnId, startedAt });
  return kind;
}
