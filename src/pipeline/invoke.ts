import type { AgentOutcome } from "../agents/agent.ts";
import { Unrenderable } from "../channels/channel.ts";
import { Unavailable } from "../core/errors.ts";
import { renewEveryMs } from "../core/lease.ts";
import type { ClaimedTurn, TurnFailure } from "../core/turn.ts";
import { deadline, pause } from "../runtime/clock.ts";
import { leaves, withoutEcho } from "../runtime/discretion.ts";
import type { Deps } from "./deps.ts";
import { type OutboxDeps, queueReplies } from "./outbox.ts";
import type { AgentCallSpan } from "./report/agent-call.ts";
import { type EnrichDeps, handOver } from "./support/enrich-turn.ts";
import { retryWrite } from "./support/retry-write.ts";
import { offerWhenSlow, type SlowReplyDeps } from "./support/slow-reply.ts";
import { showPresence, type TypingIndicatorDeps } from "./support/typing-indicator.ts";

export interface Claim {
  readonly turn: ClaimedTurn;
  /** In which of the process's terms it was claimed. */
  readonly term: number;
}

export type InvokeDeps = OutboxDeps &
  EnrichDeps &
  SlowReplyDeps &
  TypingIndicatorDeps &
  Pick<Deps, "agent" | "chance" | "mask" | "stopping">;

/** Gives a claimed turn to the agent and keeps its lease alive until there is an answer, a failure, or no time left. */
export async function invoke(deps: InvokeDeps, claim: Claim): Promise<void> {
  const { turn } = claim;
  const limit = deadline(deps.clock, deps.settings.agentTimeoutMs, deps.stopping);
  const lease = keepLease(deps, turn);
  const hidePresence = showPresence(deps, turn);
  const span = deps.report.agentCall(turn, deps.agent.name);
  const working = new AbortController();
  void offerWhenSlow(deps, turn, working.signal);
  // The answer may come through the reply API before the agent has said that it will.
  const over = Promise.race([lease.lost, deps.answered.wait(turn.turnId).then(() => "ended" as const)]);
  // A loss that comes when nobody waits any more has already been dealt with by the write that was refused.
  over.catch(() => undefined);
  try {
    const outcome = await Promise.race([ask(deps, claim, span, limit.signal), over]);
    if (outcome === "ended") {
      span.end("ended");
      return limit.abort();
    }
    const concluded = outcome === "timeout" ? await overtime(deps) : outcome;
    await conclude(deps, turn, concluded, { limit: limit.signal, over, span });
  } catch (error) {
    span.end("lost");
    // Whoever has the turn now asks the agent anew: this call is for nothing.
    limit.abort();
    throw error;
  } finally {
    hidePresence();
    working.abort();
    limit.cancel();
    lease.stop();
    deps.answered.forget(turn.turnId);
  }
}

type Concluded = AgentOutcome | { readonly kind: "handed-back" };

/** The agent's outcome, or `timeout` when its signal was aborted first. */
async function ask(
  deps: InvokeDeps,
  { turn, term }: Claim,
  span: AgentCallSpan,
  signal: AbortSignal,
): Promise<AgentOutcome | "timeout"> {
  const { promise: aborted, resolve } = Promise.withResolvers<"timeout">();
  const abort = () => resolve("timeout");
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const handed = await handOver(deps, turn);
    // By the process's own clock its time is over: another may have the turn already, and asks too.
    if (deps.ownership.tenure.term() !== term)
      return { kind: "returned", reason: "this process may have lost it", afterMs: 0 };
    const invoked = span.run(() => deps.agent.invoke({ ...handed, traceHeaders: span.headers }, signal));
    return await Promise.race([invoked, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function overtime(deps: InvokeDeps): Promise<Concluded> {
  if (deps.stopping.aborted) return { kind: "handed-back" };
  return { kind: "failed", reason: `no answer within ${deps.settings.agentTimeoutMs} ms`, retryAfterMs: 0 };
}

interface Under {
  /** Aborted when the agent's time is over. */
  readonly limit: AbortSignal;
  readonly over: Promise<"ended">;
  readonly span: AgentCallSpan;
}

async function conclude(deps: InvokeDeps, turn: ClaimedTurn, outcome: Concluded, under: Under): Promise<void> {
  const { limit, over, span } = under;
  // What the agent said is known; that it answers later says nothing yet.
  const agentMs = outcome.kind === "accepted" ? undefined : span.end(outcome.kind);
  switch (outcome.kind) {
    case "answered":
      return await answered(deps, turn, outcome.replies, agentMs);
    case "accepted": {
      deps.report.invoke({ kind: "accepted", turn });
      const end = await Promise.race([untilAborted(limit), over]);
      if (end === "aborted") await conclude(deps, turn, await overtime(deps), under);
      else span.end("ended");
      return;
    }
    case "failed":
      return await fail(deps, turn, { kind: "retry", reason: outcome.reason, retryAfterMs: outcome.retryAfterMs });
    case "rejected":
      return await fail(deps, turn, { kind: "dead", reason: outcome.reason });
    case "returned":
      return await fail(deps, turn, { kind: "handed-back", afterMs: outcome.afterMs }, outcome.reason);
    case "handed-back":
      return await fail(deps, turn, { kind: "handed-back" }, "shutdown");
    default:
      return outcome satisfies never;
  }
}

async function answered(
  deps: InvokeDeps,
  turn: ClaimedTurn,
  replies: (AgentOutcome & { kind: "answered" })["replies"],
  agentMs: number | undefined,
): Promise<void> {
  const { conversation, events } = turn;
  try {
    // An answer costs a model call: it is not thrown away because the database was away for a second.
    await retryWrite(deps, () => queueReplies(deps, turn, { conversation, events, replies, done: true, agentMs }));
  } catch (error) {
    if (!(error instanceof Unrenderable)) throw error;
    // Asked again it would say the same: a person must see it.
    await fail(deps, turn, { kind: "dead", reason: withoutEcho(error.message, leaves(replies)) });
  }
}

/** An agent's words about a failure may hold what it was given. */
function discreet({ mask }: InvokeDeps, { events, conversation }: ClaimedTurn, failure: TurnFailure): TurnFailure {
  if (failure.kind === "handed-back") return failure;
  const given = leaves([events.map(({ content, sender }) => [content, sender]), conversation.peerId]);
  return { ...failure, reason: withoutEcho(mask(failure.reason), given) };
}

async function fail(deps: InvokeDeps, turn: ClaimedTurn, given: TurnFailure, why?: string): Promise<void> {
  const { store, chance, settings, report } = deps;
  const { turnId, fence } = turn;
  const failure = discreet(deps, turn, given);
  const became = await retryWrite(deps, () =>
    store.failTurn({ turnId, fence, failure, retry: settings.turnRetry, chance: chance.random() }),
  );
  if (failure.kind !== "handed-back") report.invoke({ kind: "failed", turn, reason: failure.reason, became });
  else report.invoke({ kind: why === "shutdown" ? "handed-back" : "returned", turn, reason: why ?? "", became });
}

/** Renews until stopped. `lost` resolves when the turn was ended under this fence, and rejects when the fence moved. */
function keepLease(deps: InvokeDeps, turn: ClaimedTurn): { lost: Promise<"ended">; stop: () => void } {
  const stopped = new AbortController();
  const { turnId, fence } = turn;
  const { leaseMs } = deps.settings;

  async function renewing(): Promise<"ended"> {
    while (!stopped.signal.aborted) {
      await pause(deps.clock, renewEveryMs(leaseMs), stopped.signal);
      if (stopped.signal.aborted) break;
      try {
        if ((await deps.store.renewLease({ turnId, fence, leaseMs })) === "ended") return "ended";
      } catch (error) {
        // The store may be back before the lease is over; if not, the fence of the next write decides.
        if (!(error instanceof Unavailable)) throw error;
        deps.report.invoke({ kind: "lease-not-renewed", turn, error });
      }
    }
    return "ended";
  }

  return { lost: renewing(), stop: () => stopped.abort() };
}

function untilAborted(signal: AbortSignal): Promise<"aborted"> {
  const { promise, resolve } = Promise.withResolvers<"aborted">();
  if (signal.aborted) resolve("aborted");
  signal.addEventListener("abort", () => resolve("aborted"), { once: true });
  return promise;
}
