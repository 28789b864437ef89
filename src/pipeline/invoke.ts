import type { AgentOutcome } from "../agents/agent.ts";
import { Unrenderable } from "../channels/channel.ts";
import type { ClaimedTurn, TurnFailure } from "../core/turn.ts";
import { type Deadline, deadline } from "../runtime/clock.ts";
import { stringValues, stripQuotedInput } from "../runtime/redaction.ts";
import type { FailedTurn } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { type OutboxDeps, queueReplies } from "./outbox.ts";
import type { AgentCallSpan } from "./report/agent-call.ts";
import { type EnrichDeps, enrichTurn } from "./support/enrich-turn.ts";
import { keepLease, type LeaseRenewalDeps } from "./support/lease-renewal.ts";
import { retryWrite } from "./support/retry-write.ts";
import { promptWhenSlow, type SlowReplyDeps } from "./support/slow-reply.ts";
import { showTypingIndicator, type TypingIndicatorDeps } from "./support/typing-indicator.ts";

/*
 * An agent call: one attempt of the agent at a turn.
 *
 *   invoked ─────── the agent says that it answers later ───────▶ accepted
 *     │                                                               │
 *     ├── outcome: answered, failed, rejected, returned               │
 *     └──────────────────────────────┬────────────────────────────────┘
 *                                    ├── timed out: the agent's time is up
 *                                    ├── stopping: this process ends
 *                                    ├── ended here, ended elsewhere: a deferred reply to this or to another process
 *                                    │   ended the turn, or a new message interrupted it
 *                                    └── lost: the lease, or an unexpected error
 *
 * The first end counts. Later ones are ignored.
 */
type CallEnd =
  | { readonly kind: "outcome"; readonly outcome: FinalOutcome }
  | { readonly kind: "timed-out" | "stopping" | "ended-here" | "ended-elsewhere" }
  | { readonly kind: "lost"; readonly error: unknown };

type FinalOutcome = Exclude<AgentOutcome, { kind: "accepted" }>;

interface AgentCall {
  readonly turn: ClaimedTurn;
  /** The turn as the agent is given it: with names, links and quoted words. */
  given: ClaimedTurn;
  readonly span: AgentCallSpan;
  /** Time limit; its signal is passed to the agent. */
  readonly limit: Deadline;
  isAccepted: boolean;
  isOver: boolean;
  /** Never rejects. */
  readonly ended: Promise<CallEnd>;
  end(how: CallEnd): void;
}

export interface Claim {
  readonly turn: ClaimedTurn;
  /** Epoch of the process lease in which it was claimed. */
  readonly epoch: number;
  /** Name of the agent that gets it, of several their own. */
  readonly agent: string;
}

export type InvokeDeps = OutboxDeps &
  EnrichDeps &
  LeaseRenewalDeps &
  SlowReplyDeps &
  TypingIndicatorDeps &
  Pick<Deps, "agent" | "random" | "redact" | "stopping">;

/**
 * Gives a claimed turn to the agent and keeps its lease alive until there is an answer, a failure, or no time left. Resolves
 * to whether its conversation may have a turn that can be claimed now, or later, and of which no stage was told.
 */
export async function invoke(deps: InvokeDeps, { turn, epoch, agent }: Claim): Promise<boolean> {
  const call = openCall(deps, turn, agent);
  const closed = new AbortController();
  watchForEnd(deps, call, closed.signal);
  const hideTypingIndicator = showTypingIndicator(deps, turn);
  void promptWhenSlow(deps, turn, closed.signal);
  callAgent(deps, call, epoch).catch((error: unknown) => call.end({ kind: "lost", error }));
  try {
    return await conclude(deps, call, await call.ended);
  } catch (error) {
    call.span.end("lost");
    // The turn's new owner calls the agent again: this call's answer would be fenced.
    call.limit.abort();
    throw error;
  } finally {
    hideTypingIndicator();
    // With a reason: without one Node makes an error with a stack (10 µs).
    closed.abort("closed");
    call.limit.cancel();
    deps.turnCompletions.forget(turn.turnId);
  }
}

function openCall({ clock, settings, stopping, report }: InvokeDeps, turn: ClaimedTurn, agent: string): AgentCall {
  const { promise: ended, resolve } = Promise.withResolvers<CallEnd>();
  const call: AgentCall = {
    turn,
    given: turn,
    span: report.agentCall(turn, agent),
    limit: deadline(clock, settings.agentTimeoutMs, stopping),
    isAccepted: false,
    isOver: false,
    ended,
    end(how) {
      call.isOver = true;
      resolve(how);
    },
  };
  return call;
}

/** Watches for everything that ends the call except the agent's outcome. */
function watchForEnd(deps: InvokeDeps, call: AgentCall, closed: AbortSignal): void {
  const { turn, limit } = call;
  const timeIsUp = () => call.end({ kind: deps.stopping.aborted ? "stopping" : "timed-out" });
  limit.signal.addEventListener("abort", timeIsUp, { once: true });
  if (limit.signal.aborted) timeIsUp();
  keepLease(deps, turn, closed).then(
    () => call.end({ kind: "ended-elsewhere" }),
    (error: unknown) => call.end({ kind: "lost", error }),
  );
  // A deferred reply may end the turn before the agent has accepted it.
  void deps.turnCompletions.wait(turn.turnId).then(() => call.end({ kind: "ended-here" }));
}

async function callAgent(deps: InvokeDeps, call: AgentCall, epoch: number): Promise<void> {
  const { turn, span, limit } = call;
  const enriched = await enrichTurn(deps, turn);
  call.given = enriched;
  if (call.isOver) return;
  // The process lease ended since the claim: another process may have the turn already.
  if (deps.ownership.processLease.epoch() !== epoch) {
    const outcome = { kind: "returned", reason: "this process may have lost it", afterMs: 0 } as const;
    return call.end({ kind: "outcome", outcome });
  }
  const outcome = await span.run(() => deps.agent.invoke({ ...enriched, traceHeaders: span.headers }, limit.signal));
  if (outcome.kind !== "accepted") return call.end({ kind: "outcome", outcome });
  if (call.isOver) return;
  call.isAccepted = true;
  deps.report.invoke({ kind: "accepted", turn });
}

async function conclude(deps: InvokeDeps, call: AgentCall, end: CallEnd): Promise<boolean> {
  const { turn, span, limit } = call;
  switch (end.kind) {
    case "outcome":
      return await concludeOutcome(deps, call, end.outcome);
    case "timed-out": {
      span.end("failed");
      const reason = `no answer within ${deps.settings.agentTimeoutMs} ms`;
      await fail(deps, call, { kind: "retry", reason, retryAfterMs: 0 });
      return true;
    }
    case "stopping":
      span.end("handed-back");
      await handBack(deps, turn, { kind: "handed-back", reason: "shutdown" });
      return true;
    case "ended-here":
    case "ended-elsewhere":
      span.end("ended");
      // An agent that accepted the turn has nothing to cancel: its call has returned.
      if (!call.isAccepted) limit.abort();
      return end.kind === "ended-elsewhere";
    case "lost":
      throw end.error;
    default:
      return end satisfies never;
  }
}

async function concludeOutcome(deps: InvokeDeps, call: AgentCall, outcome: FinalOutcome): Promise<boolean> {
  const { turn, span } = call;
  const agentMs = span.end(outcome.kind);
  switch (outcome.kind) {
    case "answered":
      return await answer(deps, call, outcome, agentMs);
    case "failed":
      await fail(deps, call, { kind: "retry", reason: outcome.reason, retryAfterMs: outcome.retryAfterMs });
      return true;
    case "rejected":
      await fail(deps, call, { kind: "dead", reason: outcome.reason });
      return true;
    case "returned":
      await handBack(deps, turn, outcome);
      return true;
    default:
      return outcome satisfies never;
  }
}

async function answer(
  deps: InvokeDeps,
  call: AgentCall,
  { replies, unsayable }: FinalOutcome & { kind: "answered" },
  agentMs: number,
): Promise<boolean> {
  const { turn } = call;
  const { conversation, events } = turn;
  try {
    // An answer costs a model call: it is kept while the database is unavailable for a moment.
    await retryWrite(deps, () =>
      queueReplies(deps, turn, { conversation, events, replies, unsayable, done: true, agentMs }),
    );
    // A next turn was signalled when the answer was queued.
    return false;
  } catch (error) {
    if (!(error instanceof Unrenderable)) throw error;
    // Another call would make the same replies: an operator must see it.
    await fail(deps, call, { kind: "dead", reason: stripQuotedInput(error.message, stringValues(replies)) });
    return true;
  }
}

/** Records that the agent failed or rejected the turn. */
async function fail(
  deps: InvokeDeps,
  { turn, given }: AgentCall,
  failure: Exclude<TurnFailure, { kind: "handed-back" }>,
): Promise<void> {
  const { events, context, conversation } = given;
  // The agent's reason may quote its input.
  const said = [...events, ...context].map(({ content, sender }) => [content, sender]);
  const reason = stripQuotedInput(deps.redact(failure.reason), stringValues([said, conversation.peerId]));
  const became = await failTurn(deps, turn, { ...failure, reason });
  deps.report.invoke({ kind: "failed", turn, reason, became });
}

/** Doesn't count as a failure of the agent: it had no free place for the turn, or this process ends. */
async function handBack(
  deps: InvokeDeps,
  turn: ClaimedTurn,
  { kind, reason, afterMs = 0 }: { kind: "returned" | "handed-back"; reason: string; afterMs?: number },
): Promise<void> {
  const became = await failTurn(deps, turn, { kind: "handed-back", afterMs });
  deps.report.invoke({ kind, turn, reason, became });
}

function failTurn(deps: InvokeDeps, { turnId, fence }: ClaimedTurn, failure: TurnFailure): Promise<FailedTurn> {
  const { store, random, settings } = deps;
  return retryWrite(deps, () =>
    store.failTurn({ turnId, fence, failure, retry: settings.turnRetry, random: random.fraction() }),
  );
}
