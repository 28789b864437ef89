import type { PollResult } from "../runtime/loop.ts";
import { fulfilledValues } from "../runtime/retry-while-unavailable.ts";
import type { Deps } from "./deps.ts";
import { type Claim, type InvokeDeps, invoke } from "./invoke.ts";
import { learnCost, type QuotaDeps } from "./support/quota.ts";

export type ClaimDeps = InvokeDeps & QuotaDeps & Pick<Deps, "ownership" | "runner" | "wake">;

/** Leases ready turns, as many as this process may work on, and invokes the agent for each. */
export async function claim(deps: ClaimDeps): Promise<PollResult> {
  const { store, settings, runner, agent, ownership, report } = deps;
  const room = Math.min(settings.maxTurnsAtOnce - runner.active("invoke"), agent.room?.() ?? Number.POSITIVE_INFINITY);
  // A turn is claimed only by a process that can reach its agent. Until then it waits, and `oldest_seconds` shows it.
  const epoch = ownership.processLease.epoch();
  if (epoch === null) return { more: false, nextInMs: null };
  const accounts = deps.channels.accounts.filter((account) => agent.isReachable(account));
  if (room <= 0 || accounts.length === 0) return { more: false, nextInMs: null };
  const { due, nextInMs } = await store.readyTurns(room, accounts);
  const startedAt = deps.clock.now();
  const { leaseMs, context } = settings;
  // A claim that fails must not leave the others leased without an agent call.
  const claims = await fulfilledValues(
    due.map((turnId) => store.claimTurn({ turnId, owner: ownership.owner, leaseMs, context })),
    (error) => report.claim({ kind: "failed", error }),
  );
  for (const turn of claims) {
    if (turn === "empty") report.claim({ kind: "empty" });
    else if (turn !== null) start(deps, { turn, epoch }, startedAt);
  }
  const more = due.length >= room && claims.some((turn) => turn === null || turn === "empty");
  return { more, nextInMs, failed: claims.length < due.length };
}

function start(deps: ClaimDeps, claimed: Claim, startedAt: number): void {
  const { agent, runner, wake, report } = deps;
  const { turn } = claimed;
  report.claim({ kind: "claimed", turn, agent: agent.name, startedAt });
  learnCost(deps, turn.conversation);
  // When it ends, its conversation may have a next turn, and this process has room again.
  runner.task(
    "invoke",
    () => invoke(deps, claimed),
    () => wake.signal("claim"),
  );
}
