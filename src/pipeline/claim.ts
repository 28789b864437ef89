import type { ClaimedTurn } from "../core/turn.ts";
import { fulfilledValues } from "../runtime/fulfilled-values.ts";
import type { PollResult } from "../runtime/loop.ts";
import type { LeaseTerms } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { type Claim, type InvokeDeps, invoke } from "./invoke.ts";
import { learnCost, type QuotaDeps } from "./support/quota.ts";

export type ClaimDeps = InvokeDeps & QuotaDeps & Pick<Deps, "ownership" | "runner" | "wake" | "inbound">;

/** Leases ready turns, as many as this process may work on, and invokes the agent for each. */
export async function claim(deps: ClaimDeps): Promise<PollResult> {
  const { store, report, inbound } = deps;
  // Until the poll has found that none is left.
  inbound.backlog.mayExist = true;
  // A turn is claimed only by a process that can reach its agent. Until then it waits, and `oldest_seconds` shows it.
  const epoch = deps.ownership.processLease.epoch();
  const room = roomOf(deps);
  const accounts = reachableAccounts(deps);
  if (epoch === null || room <= 0 || accounts.length === 0) return { more: false, nextInMs: null };
  const { due, nextInMs } = await store.readyTurns(room, accounts);
  inbound.backlog.mayExist = due.length >= room;
  const startedAt = deps.clock.now();
  const terms = termsOf(deps);
  // A claim that fails must not leave the others leased without an agent call.
  const claims = await fulfilledValues(
    due.map((turnId) => store.claimTurn({ turnId, ...terms })),
    (error) => report.claim({ kind: "failed", error }),
  );
  for (const turn of claims) {
    if (turn === "empty") report.claim({ kind: "empty" });
    else if (turn !== null) start(deps, { turn, epoch }, startedAt);
  }
  const more = due.length >= room && claims.some((turn) => turn === null || turn === "empty");
  return { more, nextInMs, failed: claims.length < due.length };
}

/** A place at the agent for a turn that a transaction may claim on its way: it saves the claim's own. */
interface ReservedPlace {
  readonly terms: LeaseTerms;
  /** Once, after the transaction: invokes the agent for what it claimed, and frees the place. */
  end(claimed: ClaimedTurn | null): void;
}

/**
 * `null`: there is no room, or turns that have waited longer come first: the claim stage takes them in order. `only`: the
 * account of the turn, where it is known.
 */
export function reservePlace(deps: ClaimDeps, only?: string): ReservedPlace | null {
  const { runner, inbound, ownership, clock } = deps;
  const epoch = ownership.processLease.epoch();
  if (epoch === null || inbound.backlog.mayExist || !runner.isRunning("claim")) return null;
  const accounts = reachableAccounts(deps).filter((account) => only === undefined || account === only);
  if (roomOf(deps) <= 0 || accounts.length === 0) {
    inbound.backlog.mayExist = true;
    return null;
  }
  const free = runner.reserve("invoke");
  const startedAt = clock.now();
  return {
    terms: { ...termsOf(deps), accounts },
    end(claimed) {
      free();
      if (claimed !== null) start(deps, { turn: claimed, epoch }, startedAt);
      // Meanwhile a poll may have found no room.
      else if (inbound.backlog.mayExist) deps.wake.signal("claim");
    },
  };
}

/** How many more turns this process may work on. */
function roomOf({ settings, runner, agent }: ClaimDeps): number {
  const places = agent.room === undefined ? Number.POSITIVE_INFINITY : agent.room() - runner.reserved("invoke");
  return Math.min(settings.maxTurnsAtOnce - runner.active("invoke"), places);
}

function reachableAccounts({ channels, agent }: ClaimDeps): readonly string[] {
  return channels.accounts.filter((account) => agent.isReachable(account));
}

function termsOf({ ownership, settings }: ClaimDeps): LeaseTerms {
  const { leaseMs, context } = settings;
  return { owner: ownership.owner, leaseMs, context };
}

function start(deps: ClaimDeps, claimed: Claim, startedAt: number): void {
  const { agent, runner, wake, report, inbound } = deps;
  const { turn } = claimed;
  report.claim({ kind: "claimed", turn, agent: agent.name, startedAt });
  learnCost(deps, turn.conversation);
  // When it ends, its conversation may have a next turn, and this process has room again.
  let hasMore = true;
  runner.task(
    "invoke",
    async () => {
      hasMore = await invoke(deps, claimed);
    },
    () => {
      // A poll that would find nothing is not made.
      if (hasMore || inbound.backlog.mayExist) wake.signal("claim");
    },
  );
}
