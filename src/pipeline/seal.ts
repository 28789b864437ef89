import { fulfilledValues } from "../runtime/fulfilled-values.ts";
import type { PollResult } from "../runtime/loop.ts";
import { type ClaimDeps, reservePlace } from "./claim.ts";

const LIMIT = 200;

/** Seals due turns: they become ready, and those for which there is room are claimed at once. */
export async function seal(deps: ClaimDeps): Promise<PollResult> {
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

async function sealOne(deps: ClaimDeps, turnId: string): Promise<"ready" | "claimed" | "later" | "empty" | "gone"> {
  const { store, clock, report } = deps;
  const startedAt = clock.now();
  const place = reservePlace(deps);
  try {
    const sealed = await store.sealTurn(turnId, place?.terms);
    report.seal({ kind: sealed.kind, turnId, startedAt });
    const claimed = sealed.kind === "ready" ? sealed.claimed : null;
    place?.end(claimed);
    return claimed === null ? sealed.kind : "claimed";
  } catch (error) {
    place?.end(null);
    throw error;
  }
}
