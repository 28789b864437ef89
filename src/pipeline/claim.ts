import type { ClaimedTurn } from "../core/turn.ts";
import type { Deps } from "../deps.ts";
import { reasonOf } from "../runtime/log.ts";
import type { Tick } from "../runtime/loop.ts";
import { allThatSucceed } from "../runtime/until-available.ts";
import { invoke } from "./invoke.ts";
import { learnCost } from "./quota.ts";

/** Leases ready turns, as many as this process may work on, and sets the agent to each. */
export async function claim(deps: Deps): Promise<Tick> {
  const { store, settings, runner, agent, owner } = deps;
  const room = Math.min(settings.maxTurnsAtOnce - runner.active("invoke"), agent.room?.() ?? Number.POSITIVE_INFINITY);
  // A turn is claimed only by a process that can reach its agent. Until then it waits, and its age shows.
  if (!deps.tenure.isHeld()) return { more: false, nextInMs: null };
  const accounts = deps.channels.accounts.filter((account) => agent.isReachable(account));
  if (room <= 0 || accounts.length === 0) return { more: false, nextInMs: null };
  const { due, nextInMs } = await store.readyTurns(room, accounts);
  // One claim that fails must not leave the others leased and forgotten.
  const claims = await allThatSucceed(
    due.map((turnId) => store.claimTurn({ turnId, owner, leaseMs: settings.leaseMs, context: settings.context })),
    (error) => deps.log.error({ reason: reasonOf(error) }, "turn not claimed"),
  );
  for (const turn of claims) {
    if (turn === "empty") noteEmpty(deps);
    else if (turn !== null) start(deps, turn);
  }
  const more = due.length >= room && claims.some((turn) => turn === null || turn === "empty");
  return { more, nextInMs, failed: claims.length < due.length };
}

function noteEmpty(deps: Deps): void {
  deps.metrics.turns.inc({ outcome: "empty" });
  deps.log.warn({}, "turn closed as empty: its events are gone");
}

function start(deps: Deps, turn: ClaimedTurn): void {
  if (turn.attempt === 1) deps.metrics.turnEvents.observe(turn.events.length);
  const facts = { turnId: turn.turnId, attempt: turn.attempt, fence: turn.fence, events: turn.events.length };
  deps.log.info({ ...facts, waitedMs: turn.claimedAt - turn.firstEventAt }, "turn handed to the agent");
  learnCost(deps, turn.conversation);
  // At its end its conversation may have a next turn, and this process has room again.
  deps.runner.task(
    "invoke",
    () => invoke(deps, turn),
    () => deps.wake.signal("claim"),
  );
}
