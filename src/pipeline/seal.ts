import { fulfilledValues } from "../runtime/fulfilled-values.ts";
import type { PollResult } from "../runtime/loop.ts";
import type { SealedTurn } from "../store/store.ts";
import { type ClaimDeps, reservePlace } from "./claim.ts";

const LIMIT = 200;

/**
 * While turns become due one after another, they are sealed together this often, so that they share commits: at 100
 * messages a second nearly every commit would be one turn's. At most a twentieth of the shortest quiet time.
 */
const TOGETHER_MS = 50;

/** Seals due turns: they become ready, and those for which there is a place are claimed at once. */
export async function seal(deps: ClaimDeps): Promise<PollResult> {
  const { store, wake, report } = deps;
  const { due, nextInMs } = await store.dueTurns(LIMIT);
  const results = await fulfilledValues(
    due.map((turnId) => sealOne(deps, turnId)),
    (error) => report.seal({ kind: "failed", error }),
  );
  if (results.some(({ kind }) => kind === "ready")) wake.signal("claim");
  const failed = results.length < due.length;
  const waits = results.flatMap((sealed) => (sealed.kind === "later" ? [sealed.inMs] : []));
  if (nextInMs !== null) waits.push(nextInMs);
  return { more: due.length >= LIMIT, nextInMs: due.length === 0 ? nextInMs : together(deps, waits), failed };
}

function together({ settings }: ClaimDeps, waits: readonly number[]): number | null {
  if (waits.length === 0) return null;
  const { batch, accountBatch } = settings;
  const quietMs = [batch, ...Object.values(accountBatch)].map((one) => one.quietMs).filter((ms) => ms > 0);
  return Math.max(Math.min(...waits), Math.min(TOGETHER_MS, ...quietMs.map((ms) => ms / 20)));
}

type Sealed = Exclude<SealedTurn, { kind: "ready" }> | { readonly kind: "ready" | "claimed" };

async function sealOne(deps: ClaimDeps, turnId: string): Promise<Sealed> {
  const { store, clock, report } = deps;
  const startedAt = clock.now();
  const place = reservePlace(deps);
  try {
    const sealed = await store.sealTurn(turnId, place?.terms);
    report.seal({ ...sealed, turnId, startedAt });
    const claimed = sealed.kind === "ready" ? sealed.claimed : null;
    place?.end(claimed);
    return claimed === null ? sealed : { kind: "claimed" };
  } catch (error) {
    place?.end(null);
    throw error;
  }
}
