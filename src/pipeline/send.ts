import type { AttemptReport } from "../core/delivery.ts";
import type { PollResult } from "../runtime/loop.ts";
import { fulfilledValues } from "../runtime/retry-while-unavailable.ts";
import type { StartAttempt, StartedAttempt } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { type SettleDeps, settle } from "./settle.ts";
import { channelOf } from "./support/channel-of.ts";
import { decide } from "./support/decide.ts";
import { retryWrite } from "./support/retry-write.ts";
import { isFlowing, type RouteDeps } from "./support/route-input.ts";

/** Time in an attempt's lease for storing the outcome. */
const SETTLE_MS = 3_000;

type Sending = StartedAttempt & { readonly kind: "send" };

export type SendDeps = SettleDeps & RouteDeps & Pick<Deps, "runner" | "ownership" | "outbound">;

/** Starts an attempt for each due delivery: records it, and makes the call only after that commit. */
export async function send(deps: SendDeps): Promise<PollResult> {
  const { store, settings, runner } = deps;
  const room = settings.maxCallsAtOnce - runner.active("send");
  const epoch = deps.ownership.processLease.epoch();
  if (room <= 0 || epoch === null) return { more: false, nextInMs: null };
  const { due, nextInMs } = await store.dueDeliveries({
    limit: room,
    unknownHoldMs: settings.unknownWaitMs,
    accounts: deps.channels.accounts,
  });
  // A failed start must not leave the others recorded without their call.
  const started = await fulfilledValues(
    due.filter((deliveryId) => !deps.outbound.inFlight.has(deliveryId)).map((deliveryId) => startOne(deps, deliveryId)),
    (error) => deps.report.send({ kind: "failed", error }),
  );
  for (const attempt of started) {
    if (attempt === null) continue;
    tellReceipts(deps, attempt);
    if (attempt.kind === "send") start(deps, attempt, epoch);
    else goOn(deps, attempt);
  }
  const more = due.length >= room && started.some((attempt) => attempt?.kind !== "send");
  return { more, nextInMs, failed: started.length < due.length };
}

/**
 * Marks the delivery as in flight, so that no other poll of this process starts it: `abandonAttempt` names only the owner,
 * and would abandon that poll's attempt, whose call is made.
 */
async function startOne(deps: SendDeps, deliveryId: string): Promise<StartedAttempt | null> {
  const { store, settings, random } = deps;
  deps.outbound.inFlight.add(deliveryId);
  try {
    const attempt = await store.startAttempt(attemptOf(deps, deliveryId));
    if (attempt?.kind !== "send") deps.outbound.inFlight.delete(deliveryId);
    return attempt;
  } catch (error) {
    const { owner } = deps.ownership;
    const abandon = { deliveryId, owner, retry: settings.deliveryRetry, random: random.fraction() };
    deps.runner.task(
      "abandon",
      () => retryWrite(deps, () => store.abandonAttempt(abandon)),
      () => release(deps, deliveryId),
    );
    throw error;
  }
}

function attemptOf(deps: SendDeps, deliveryId: string): StartAttempt {
  return {
    deliveryId,
    owner: deps.ownership.owner,
    // Longer than any call, so that it expires only for a dead or frozen process. No longer, because the next process must
    // repeat the call while the reply token lives.
    leaseMs: Math.max(...deps.channels.all.map((channel) => channel.callLimitMs)) + SETTLE_MS,
    unknownHoldMs: deps.settings.unknownWaitMs,
    decide: (view) => decide(deps, view),
  };
}

/** Only a platform without a retry key has receipts that count. */
function tellReceipts(deps: SendDeps, { conversation, receipts, startedAt: now }: StartedAttempt): void {
  const { name: channel, account, paidRoute } = channelOf(deps, conversation);
  if (paidRoute !== "session") return;
  deps.report.send({ kind: "receipts", channel, account, isFlowing: isFlowing(deps, { receipts, now }) });
}

function release({ outbound, wake }: SendDeps, deliveryId: string): void {
  outbound.inFlight.delete(deliveryId);
  wake.signal("send");
}

/** Makes the call as a task. When it ends, the conversation's next delivery may be due, and this process has room again. */
function start(deps: SendDeps, attempt: Sending, epoch: number): void {
  deps.runner.task(
    "send",
    () => makeCall(deps, attempt, epoch),
    () => release(deps, attempt.deliveryId),
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
async function makeCall(deps: SendDeps, attempt: Sending, epoch: number): Promise<void> {
  const { clock, ownership, report } = deps;
  const { call, route, conversation } = attempt;
  const startedAt = clock.now();
  const span = report.platformCall(attempt, startedAt);
  try {
    const isOurs = ownership.processLease.epoch() === epoch;
    const said = isOurs ? await span.run(() => channelOf(deps, conversation).send(call, route)) : NOT_MADE;
    const callMs = Math.max(0, clock.now() - startedAt);
    const state = await settle(deps, attempt, { said, callMs });
    span.end({ outcome: said.outcome.kind, state });
  } catch (error) {
    span.end(null);
    throw error;
  }
}

function goOn(deps: SendDeps, attempt: Exclude<StartedAttempt, { kind: "send" }>): void {
  deps.report.send({ ...attempt, paidRoute: channelOf(deps, attempt.conversation).paidRoute });
  // The conversation's next delivery may be due now.
  deps.wake.signal("send");
}
