import { type AccountKey, accountKeyOf } from "../core/conversation.ts";
import type { AttemptReport } from "../core/delivery.ts";
import { fulfilledValues } from "../runtime/fulfilled-values.ts";
import { merged, type PollResult } from "../runtime/loop.ts";
import type {
  AbandonedAttempt,
  AttemptTerms,
  DecidedAttempt,
  DeliveryView,
  Settled,
  StartedAttempt,
} from "../store/attempt.ts";
import type { Deps } from "./deps.ts";
import { type SettleDeps, settle } from "./settle.ts";
import { channelOf } from "./support/channel-of.ts";
import { decide } from "./support/decide.ts";
import { retryWrite } from "./support/retry-write.ts";
import type { RouteDeps } from "./support/route-input.ts";

/** Time in an attempt's lease for storing the outcome. */
const SETTLE_MS = 3_000;

type Sending = StartedAttempt & { readonly kind: "send" };

export type SendDeps = SettleDeps & RouteDeps & Pick<Deps, "runner" | "ownership" | "outbound">;

/** Starts an attempt for each due delivery: records it, and makes the call only after that commit. */
export async function send(deps: SendDeps): Promise<PollResult> {
  // Until the poll has found where none is left.
  deps.outbound.withoutBacklog.clear();
  const epoch = deps.ownership.processLease.epoch();
  if (epoch === null) return { more: false, nextInMs: null };
  const polls = await Promise.all(deps.channels.accountKeys.map((accountKey) => sendOf(deps, accountKey, epoch)));
  return merged(polls);
}

async function sendOf(deps: SendDeps, accountKey: AccountKey, epoch: number): Promise<PollResult> {
  const { store, settings, outbound } = deps;
  const places = freePlacesOf(deps, accountKey);
  if (places <= 0) return { more: false, nextInMs: null };
  const { due, nextInMs } = await store.dueDeliveries({
    accountKey,
    limit: places,
    unknownWaitMs: settings.unknownWaitMs,
  });
  if (due.length < places) outbound.withoutBacklog.add(accountKey);
  // A failed start must not leave the others recorded without their call.
  const started = await fulfilledValues(
    due.filter((deliveryId) => !outbound.inFlight.has(deliveryId)).map((deliveryId) => startOne(deps, deliveryId)),
    (error) => deps.report.send({ kind: "failed", error }),
  );
  for (const attempt of started) {
    if (attempt !== null) afterStart(deps, attempt, epoch);
  }
  const more = due.length >= places && started.some((attempt) => attempt?.kind !== "send");
  return { more, nextInMs, failed: started.length < due.length };
}

/** Calls of all accounts of a platform together, in multiples of one account's: one that hangs must not use up all sockets. */
const ACCOUNTS_OF_CHANNEL = 4;

const callsOf = (accountKey: AccountKey) => `calls of ${accountKey}`;

/**
 * How many more calls may be made for that account. Each has its own: a platform that hangs takes no place of another's
 * (G12).
 */
function freePlacesOf({ settings, runner, channels }: SendDeps, accountKey: AccountKey): number {
  const [channel] = accountKey.split("/");
  const ofChannel = channels.accountKeys
    .filter((one) => one.startsWith(`${channel}/`))
    .reduce((sum, one) => sum + runner.reserved(callsOf(one)), 0);
  const { maxCallsAtOnce } = settings;
  return Math.min(
    maxCallsAtOnce - runner.reserved(callsOf(accountKey)),
    maxCallsAtOnce * ACCOUNTS_OF_CHANNEL - ofChannel,
  );
}

/** A place for the first call of an answer, which is recorded in the transaction that queues the answer. */
interface ReservedCall {
  readonly terms: AttemptTerms;
  /** After the commit: makes the call, if one was recorded. */
  end(started: StartedAttempt | null): void;
  /** The transaction rejected. It may have been committed all the same: then the attempt ends as not made. */
  abandon(): void;
}

/** `null`: no call may be begun now, so the send stage does. */
export function reserveFirstAttempt(deps: SendDeps, turnId: string, accountKey: AccountKey): ReservedCall | null {
  const { runner, ownership, outbound } = deps;
  const epoch = ownership.processLease.epoch();
  if (freePlacesOf(deps, accountKey) <= 0) outbound.withoutBacklog.delete(accountKey);
  // Deliveries that wait for a place come first. The turn is marked as well: until an attempt of its answer is abandoned, no
  // other is started with it.
  if (epoch === null || !outbound.withoutBacklog.has(accountKey)) return null;
  if (!runner.isRunning("send") || outbound.inFlight.has(turnId)) return null;
  outbound.inFlight.add(turnId);
  const free = runner.reserve(callsOf(accountKey));
  return {
    terms: { ...termsOf(deps), decide: (view) => decideOrLeave(deps, view) },
    end(started) {
      free();
      if (started?.kind === "send") outbound.inFlight.add(started.deliveryId);
      outbound.inFlight.delete(turnId);
      if (started !== null) afterStart(deps, started, epoch);
    },
    abandon() {
      free();
      abandon(deps, { turnId, inFlight: outbound.inFlight });
    },
  };
}

/** An answer must not be lost by a channel that throws: the send stage meets the same error and reports it. */
function decideOrLeave(deps: SendDeps, view: DeliveryView): DecidedAttempt | null {
  try {
    return decide(deps, view);
  } catch {
    return null;
  }
}

/**
 * Marks the delivery as in flight, so that no other poll of this process starts it: `abandonAttempt` names only the owner,
 * and would abandon that poll's attempt, whose call is made.
 */
async function startOne(deps: SendDeps, deliveryId: string): Promise<StartedAttempt | null> {
  deps.outbound.inFlight.add(deliveryId);
  try {
    const attempt = await deps.store.startAttempt({ deliveryId, ...termsOf(deps) });
    if (attempt?.kind !== "send") deps.outbound.inFlight.delete(deliveryId);
    return attempt;
  } catch (error) {
    abandon(deps, { deliveryId });
    throw error;
  }
}

function abandon(deps: SendDeps, attempt: AbandonedAttempt): void {
  const { store, settings, random, ownership, runner } = deps;
  const order = { ...attempt, owner: ownership.owner, retry: settings.deliveryRetry, random: random.fraction() };
  runner.task(
    "abandon",
    () => retryWrite(deps, () => store.abandonAttempt(order)),
    () => release(deps, "deliveryId" in attempt ? attempt.deliveryId : attempt.turnId),
  );
}

function termsOf(deps: SendDeps): AttemptTerms {
  return {
    owner: deps.ownership.owner,
    // Longer than any call, so that it expires only for a dead or frozen process. No longer, because the next process must
    // repeat the call while the reply token lives.
    leaseMs: Math.max(...deps.channels.all.map((channel) => channel.callLimitMs)) + SETTLE_MS,
    unknownWaitMs: deps.settings.unknownWaitMs,
    decide: (view) => decide(deps, view),
  };
}

/** `id`: of the delivery, or of the turn whose answer was to be started with it. */
function release({ outbound, wake }: SendDeps, id: string): void {
  outbound.inFlight.delete(id);
  wake.signal("send");
}

/** Makes the call as a task. When it ends, the conversation's next delivery may be due, and this process has a place again. */
function start(deps: SendDeps, attempt: Sending, epoch: number): void {
  const { runner, outbound } = deps;
  const { deliveryId } = attempt;
  const accountKey = accountKeyOf(attempt.conversation);
  const free = runner.reserve(callsOf(accountKey));
  let hasMore = true;
  runner.task(
    "send",
    async () => {
      const settled = await makeCall(deps, attempt, epoch);
      // An account that works again, or is no longer slow, has all that it held.
      hasMore = settled.hasNext || settled.settlement.dueAt !== null || settled.account !== null;
      if (settled.account === "stopped") deps.wake.signal("check-accounts");
    },
    () => {
      free();
      // A poll that would find nothing is not made.
      if (hasMore || !outbound.withoutBacklog.has(accountKey)) release(deps, deliveryId);
      else outbound.inFlight.delete(deliveryId);
    },
  );
}

/** The process lease ended since the attempt was recorded, so no call is made: another process may have the delivery. */
const NOT_MADE: AttemptReport = {
  outcome: { kind: "retry", reason: "not sent: this process could not be sure to own it any more", retryAfterMs: 0 },
  status: null,
  response: null,
  requestId: null,
  acceptedRequestId: null,
};

/** `epoch`: of the process lease in which it was recorded. */
async function makeCall(deps: SendDeps, attempt: Sending, epoch: number): Promise<Settled> {
  const { clock, ownership, report } = deps;
  const { call, route, conversation } = attempt;
  const startedAt = clock.now();
  const span = report.platformCall(attempt, startedAt);
  try {
    const isOurs = ownership.processLease.epoch() === epoch;
    const answer = isOurs ? await span.run(() => channelOf(deps, conversation).send(call, route)) : NOT_MADE;
    const callMs = Math.max(0, clock.now() - startedAt);
    const settled = await settle(deps, attempt, { answer, callMs });
    span.end({ outcome: answer.outcome.kind, state: settled.settlement.state });
    return settled;
  } catch (error) {
    span.end(null);
    throw error;
  }
}

/** What follows the commit of an attempt, or of what came instead of one. */
function afterStart(deps: SendDeps, attempt: StartedAttempt, epoch: number): void {
  if (attempt.kind === "send") {
    start(deps, attempt, epoch);
    return;
  }
  deps.report.send({ ...attempt, paidRoute: channelOf(deps, attempt.conversation).paidRoute });
  // The conversation's next delivery may be due now.
  deps.wake.signal("send");
}
