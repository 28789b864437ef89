import type { AgentPart } from "../agents/agent.ts";
import { accountKeyOf, type Conversation } from "../core/conversation.ts";
import { assert } from "../core/errors.ts";
import type { ClaimedTurn } from "../core/turn.ts";
import { fulfilledValues } from "../runtime/fulfilled-values.ts";
import { merged, type PollResult, soonest } from "../runtime/loop.ts";
import type { Due, LeaseTerms } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { type Claim, type InvokeDeps, invoke } from "./invoke.ts";
import {
  freePlacesAt,
  freePlacesForFailed,
  freePlacesInQueue,
  inTurns,
  partsOf,
  type Queue,
  queueFor,
  queuesOf,
  takePending,
  takePlace,
} from "./support/capacity.ts";
import { learnCost, type QuotaDeps } from "./support/quota.ts";

export type ClaimDeps = InvokeDeps & QuotaDeps & Pick<Deps, "ownership" | "runner" | "wake" | "inbound">;

/** Leases ready turns, as many as this process may work on, and invokes their agents for them. */
export async function claim(deps: ClaimDeps): Promise<PollResult> {
  // Until the poll has found where none is left.
  deps.inbound.withoutBacklog.clear();
  const epoch = deps.ownership.processLease.epoch();
  if (epoch === null) return { more: false, nextInMs: null };
  const queues = queuesOf(deps);
  // A turn is claimed only by a process that can reach its agent. Until then it waits, and `oldest_seconds` shows it.
  const polls = await Promise.all(
    partsOf(deps.agent).map((part) =>
      claimFor(
        deps,
        part,
        queues.filter((queue) => queue.part.name === part.name),
        epoch,
      ),
    ),
  );
  return merged(polls);
}

interface Candidate {
  readonly turnId: string;
  readonly queue: Queue;
  readonly hasFailed: boolean;
}

async function claimFor(
  deps: ClaimDeps,
  part: AgentPart,
  queues: readonly Queue[],
  epoch: number,
): Promise<PollResult> {
  const { store, report } = deps;
  const places = freePlacesAt(deps, part);
  if (places <= 0 || queues.length === 0) return { more: false, nextInMs: null };
  const { due, nextInMs } = await candidates(deps, queues, places, Math.min(places, freePlacesForFailed(deps, part)));
  const startedAt = deps.clock.now();
  const terms = termsOf(deps);
  // A claim that fails must not leave the others leased without an agent call.
  const claims = await fulfilledValues(
    due.map(async ({ turnId, queue, hasFailed }) => {
      const turn = await store.claimTurn({ turnId, ...terms, accountKeys: [queue.accountKey] });
      return { turn, queue, hasFailed };
    }),
    (error) => report.claim({ kind: "failed", error }),
  );
  for (const { turn, queue, hasFailed } of claims) {
    if (turn === "empty") report.claim({ kind: "empty" });
    else if (turn !== null) start(deps, { turn, epoch }, { queue, hasFailed, startedAt });
  }
  const more = due.length >= places && claims.some(({ turn }) => turn === null || turn === "empty");
  return { more, nextInMs, failed: claims.length < due.length };
}

/** Turns to claim, one account after the other, and those that failed before after the rest. */
async function candidates(
  deps: ClaimDeps,
  queues: readonly Queue[],
  places: number,
  failedPlaces: number,
): Promise<{ readonly due: readonly Candidate[]; readonly nextInMs: number | null }> {
  const found = await Promise.all(
    queues.map(async (queue) => {
      const limit = Math.min(places, freePlacesInQueue(deps, queue));
      const [unfailed, failed] = await Promise.all([
        readyIn(deps, queue, false, limit),
        readyIn(deps, queue, true, Math.min(limit, failedPlaces)),
      ]);
      if (unfailed.due.length < limit) deps.inbound.withoutBacklog.add(keyOf(queue));
      return { queue, unfailed, failed };
    }),
  );
  const listOf = (hasFailed: boolean) =>
    inTurns(
      found.map(({ queue, unfailed, failed }) =>
        (hasFailed ? failed : unfailed).due.map((turnId) => ({ turnId, queue, hasFailed })),
      ),
    );
  const first = listOf(false).slice(0, places);
  const due = [...first, ...listOf(true).slice(0, Math.min(failedPlaces, places - first.length))];
  return { due, nextInMs: soonest(found.flatMap(({ unfailed, failed }) => [unfailed.nextInMs, failed.nextInMs])) };
}

async function readyIn(
  { store }: Pick<ClaimDeps, "store">,
  { accountKey, kinds }: Queue,
  failed: boolean,
  limit: number,
): Promise<Due<string>> {
  if (limit <= 0) return { due: [], nextInMs: null };
  return await store.readyTurns({ accountKey, failed, limit, ...(kinds !== undefined && { kinds }) });
}

/** A place at the agent for a turn that a transaction may claim on its way: it saves the claim's own. */
interface ReservedPlace {
  readonly terms: LeaseTerms;
  /** Once, after the transaction: invokes the agent for what it claimed, and frees the place. */
  end(claimed: ClaimedTurn | null): void;
}

/**
 * `null`: no place is free, or turns that have waited longer come first: the claim stage takes them in order. `of`: whose
 * turn it is, where that is known; else it may be anyone's, if there is one agent.
 */
export function reservePlace(
  deps: ClaimDeps,
  of?: Pick<Conversation, "channel" | "account" | "kind">,
): ReservedPlace | null {
  const { runner, inbound, ownership, clock } = deps;
  const epoch = ownership.processLease.epoch();
  const queues = queuesFor(deps, of);
  const [first] = queues;
  if (epoch === null || first === undefined || !runner.isRunning("claim")) return null;
  if (queues.some((queue) => !inbound.withoutBacklog.has(keyOf(queue)))) return null;
  if (freePlacesAt(deps, first.part) <= 0 || queues.some((queue) => freePlacesInQueue(deps, queue) <= 0)) {
    for (const queue of queues) inbound.withoutBacklog.delete(keyOf(queue));
    return null;
  }
  const free = takePending(deps, first.part);
  const startedAt = clock.now();
  return {
    terms: { ...termsOf(deps), accountKeys: queues.map(({ accountKey }) => accountKey) },
    end(claimed) {
      free();
      if (claimed === null) {
        // Meanwhile a poll may have found no free place.
        if (queues.some((queue) => !inbound.withoutBacklog.has(keyOf(queue)))) deps.wake.signal("claim");
        return;
      }
      const accountKey = accountKeyOf(claimed.conversation);
      const queue = queues.find((one) => one.accountKey === accountKey);
      assert(queue !== undefined, `${claimed.turnId} of ${accountKey} was claimed for another account`);
      start(deps, { turn: claimed, epoch }, { queue, hasFailed: false, startedAt });
    },
  };
}

/** A turn of any account of the agent may wait for a place; where some have failed, those may as well. */
function mayHaveBacklog(deps: ClaimDeps, part: AgentPart): boolean {
  const { withoutBacklog } = deps.inbound;
  return queuesOf(deps).some((queue) => queue.part.name === part.name && !withoutBacklog.has(keyOf(queue)));
}

function queuesFor(deps: ClaimDeps, of: Parameters<typeof queueFor>[1] | undefined): readonly Queue[] {
  if (of === undefined) {
    const queues = partsOf(deps.agent).length === 1 ? queuesOf(deps) : [];
    // Whose turn it is isn't known, so neither is its kind.
    return queues.some(({ kinds }) => kinds !== undefined) ? [] : queues;
  }
  const queue = queueFor(deps, of);
  return queue === null ? [] : [queue];
}

const keyOf = ({ part, accountKey }: Queue) => `${part.name}, ${accountKey}`;

function termsOf({ ownership, settings }: ClaimDeps): LeaseTerms {
  const { leaseMs, context } = settings;
  return { owner: ownership.owner, leaseMs, context };
}

function start(
  deps: ClaimDeps,
  { turn, epoch }: Omit<Claim, "agent">,
  { queue, hasFailed, startedAt }: { readonly queue: Queue; readonly hasFailed: boolean; readonly startedAt: number },
): void {
  const { runner, wake, report } = deps;
  report.claim({ kind: "claimed", turn, agent: queue.part.agent.name, startedAt });
  learnCost(deps, turn.conversation);
  const release = takePlace(deps, queue, hasFailed);
  // When it ends, its conversation may have a next turn, and this process has a place again.
  let hasMore = true;
  runner.task(
    "invoke",
    async () => {
      hasMore = await invoke(deps, { turn, epoch, agent: queue.part.name });
    },
    () => {
      release();
      // A poll that would find nothing is not made.
      if (hasMore || hasFailed || mayHaveBacklog(deps, queue.part)) wake.signal("claim");
    },
  );
}
