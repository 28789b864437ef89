import { reasonOf } from "../runtime/log.ts";
import type { Tick } from "../runtime/loop.ts";
import { allThatSucceed } from "../runtime/until-available.ts";
import type { Deps } from "./deps.ts";
import { type Claim, invoke } from "./invoke.ts";
import { learnCost } from "./support/quota.ts";

/** Leases ready turns, as many as this process may work on, and sets the agent to each. */
export async function claim(deps: Deps): Promise<Tick> {
  const { store, settings, runner, agent, owner } = deps;
  const room = Math.min(settings.maxTurnsAtOnce - runner.active("invoke"), agent.room?.() ?? Number.POSITIVE_INFINITY);
  // A turn is claimed only by a process that can reach its agent. Until then it waits, and its age shows.
  const term = deps.tenure.term();
  if (term === null) return { more: false, nextInMs: null };
  const accounts = deps.channels.accounts.filter((account) => agent.isReachable(account));
  if (room <= 0 || accounts.length === 0) return { more: false, nextInMs: null };
  const { due, nextInMs } = await store.readyTurns(room, accounts);
  const from = deps.clock.now();
  // One claim that fails must not leave the others leased and forgotten.
  const claims = await allThatSucceed(
    due.map((turnId) => store.claimTurn({ turnId, owner, leaseMs: settings.leaseMs, context: settings.context })),
    (error) => deps.log.error({ reason: reasonOf(error) }, "turn not claimed"),
  );
  for (const turn of claims) {
    if (turn === "empty") noteEmpty(deps);
    else if (turn !== null) start(deps, { turn, term }, from);
  }
  const more = due.length >= room && claims.some((turn) => turn === null || turn === "empty");
  return { more, nextInMs, failed: claims.length < due.length };
}

function noteEmpty(deps: Deps): void {
  deps.metrics.turns.inc({ outcome: "empty" });
  deps.log.warn({}, "turn closed as empty: its events are gone");
}

function start(deps: Deps, claimed: Claim, from: number): void {
  const { turn } = claimed;
  const { turnId, attempt, fence } = turn;
  const { channel, account, conversationId, peerId: peer } = turn.conversation;
  const waitedMs = turn.claimedAt - turn.firstEventAt;
  if (attempt === 1) {
    deps.metrics.turnEvents.observe(turn.events.length);
    deps.metrics.waitSeconds.observe({ channel, account }, waitedMs / 1_000);
  }
  const facts = { turnId, conversationId, channel, account, peer, attempt, fence, agent: deps.agent.name };
  deps.log.info({ ...facts, events: turn.events.length, waitedMs }, "turn handed to the agent");
  const attributes = { "turnpike.attempt": attempt, "turnpike.fence": fence, "turnpike.waited_ms": waitedMs };
  deps.traces.note(turnId, "claim", { from, to: deps.clock.now(), attributes });
  learnCost(deps, turn.conversation);
  // At its end its conversation may have a next turn, and this process has room again.
  deps.runner.task(
    "invoke",
    () => invoke(deps, claimed),
    () => deps.wake.signal("claim"),
  );
}
