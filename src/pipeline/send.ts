import type { AttemptReport } from "../core/delivery.ts";
import { chooseRoute, explainRoute, openTokens } from "../core/route.ts";
import type { PollResult } from "../runtime/loop.ts";
import { fulfilledValues } from "../runtime/retry-while-unavailable.ts";
import type { StartAttempt, StartedAttempt } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { type SettleDeps, settle } from "./settle.ts";
import { channelOf } from "./support/channel-of.ts";
import { retryWrite } from "./support/retry-write.ts";
import { isFlowing, type RouteDeps, routeInput } from "./support/route-input.ts";

/** Room in an attempt's lease for writing down what came of it. */
const SETTLE_MS = 3_000;

export type SendDeps = SettleDeps & RouteDeps & Pick<Deps, "runner" | "ownership" | "outbound">;

/** Records an attempt for each delivery that is due, and then, and only then, makes the call. */
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
  // One that can't be started must not leave the others recorded and never called.
  const started = await fulfilledValues(
    due.filter((deliveryId) => !deps.outbound.inFlight.has(deliveryId)).map((deliveryId) => startOne(deps, deliveryId)),
    (error) => deps.report.send({ kind: "failed", error }),
  );
  for (const { attempt, why } of started) {
    if (attempt?.kind === "send") start(deps, attempt, { why, epoch });
    else if (attempt !== null) goOn(deps, attempt);
  }
  const more = due.length >= room && started.some(({ attempt }) => attempt?.kind !== "send");
  return { more, nextInMs, failed: started.length < due.length };
}

interface Started {
  readonly attempt: StartedAttempt | null;
  /** Why it goes this way and not by a cheaper one. */
  readonly why: string;
}

interface Begun {
  readonly why: string;
  /** In which of the process's terms it was recorded. */
  readonly epoch: number;
}

/** What choosing a route has shown: said when its transaction has ended. */
interface Notes {
  why: string;
  /** Whether its account's receipts are known to flow; `null` where the platform has none. */
  flow: { readonly channel: string; readonly account: string; readonly isFlowing: boolean } | null;
}

/**
 * It is in hand from here on, so that no other poll of this process begins it: the word that takes an attempt back names
 * its owner only, and would take back that poll's attempt, whose call is made.
 */
async function startOne(deps: SendDeps, deliveryId: string): Promise<Started> {
  const { store, settings, random } = deps;
  const notes: Notes = { why: "", flow: null };
  deps.outbound.inFlight.add(deliveryId);
  try {
    const attempt = await store.startAttempt(attemptOf(deps, deliveryId, notes));
    if (attempt?.kind !== "send") deps.outbound.inFlight.delete(deliveryId);
    return { attempt, why: notes.why };
  } catch (error) {
    const { owner } = deps.ownership;
    const abandon = { deliveryId, owner, retry: settings.deliveryRetry, random: random.fraction() };
    deps.runner.task(
      "abandon",
      () => retryWrite(deps, () => store.abandonAttempt(abandon)),
      () => release(deps, deliveryId),
    );
    throw error;
  } finally {
    if (notes.flow !== null) deps.report.send({ kind: "receipts", ...notes.flow });
  }
}

function attemptOf(deps: SendDeps, deliveryId: string, notes: Notes): StartAttempt {
  const { settings, ownership } = deps;
  return {
    deliveryId,
    owner: ownership.owner,
    // Longer than any call can take: only a process that is gone or frozen outlives it. No longer than that, because the
    // next process must make the call again while the reply token lives.
    leaseMs: Math.max(...deps.channels.all.map((channel) => channel.callLimitMs)) + SETTLE_MS,
    unknownHoldMs: settings.unknownWaitMs,
    chooseRoute: (view) => {
      const { name: channel, account, paidRoute } = channelOf(deps, view.conversation);
      if (paidRoute === "session") notes.flow = { channel, account, isFlowing: isFlowing(deps, view) };
      const input = routeInput(deps, view);
      const decision = chooseRoute(input);
      notes.why = explainRoute(input, decision);
      return decision;
    },
    awaitDeliveredMs: (conversation) => channelOf(deps, conversation).awaitDeliveredMs ?? 0,
    problemWith: ({ conversation, messages }) => channelOf(deps, conversation).problemWith(messages),
    buildCall: (view, chosen) => {
      const { conversation, deliveryId: id, address, messages, more, turnId } = view;
      // What is paid for needs no tap, and what another token can bring neither.
      const needsCallback = chosen.route === "reply" && openTokens(routeInput(deps, view)).length <= 1;
      const delivery = { deliveryId: id, peerId: address, messages, isAnswer: turnId !== null };
      return channelOf(deps, conversation).buildCall({ ...delivery, more: needsCallback ? more : null }, chosen);
    },
  };
}

function release({ outbound, wake }: SendDeps, deliveryId: string): void {
  outbound.inFlight.delete(deliveryId);
  wake.signal("send");
}

/** At its end its place in the conversation's order is free, and this process has room again. */
function start(deps: SendDeps, attempt: StartedAttempt & { kind: "send" }, begun: Begun): void {
  deps.runner.task(
    "send",
    () => makeCall(deps, attempt, begun),
    () => release(deps, attempt.deliveryId),
  );
}

/** By the process's own clock its time is over: another may have the delivery already. That no call was made is known. */
const NOT_MADE: AttemptReport = {
  outcome: { kind: "retry", reason: "not sent: this process could not be sure to own it any more", retryAfterMs: 0 },
  status: null,
  response: null,
  requestId: null,
  acceptedRequestId: null,
};

async function makeCall(
  deps: SendDeps,
  attempt: StartedAttempt & { kind: "send" },
  { why, epoch }: Begun,
): Promise<void> {
  const { clock, ownership, report } = deps;
  const { call, route, conversation } = attempt;
  const startedAt = clock.now();
  const span = report.platformCall(attempt, startedAt);
  try {
    const isOurs = ownership.processLease.epoch() === epoch;
    const said = isOurs ? await span.run(() => channelOf(deps, conversation).send(call, route)) : NOT_MADE;
    const callMs = Math.max(0, clock.now() - startedAt);
    const state = await settle(deps, attempt, { said, why, callMs });
    span.end({ outcome: said.outcome.kind, state });
  } catch (error) {
    span.end(null);
    throw error;
  }
}

function goOn(deps: SendDeps, attempt: Exclude<StartedAttempt, { kind: "send" }>): void {
  if (attempt.kind === "parked" || attempt.kind === "expired") {
    deps.report.send({ ...attempt, paidRoute: channelOf(deps, attempt.conversation).paidRoute });
  } else {
    deps.report.send(attempt);
  }
  // It holds up nobody now.
  deps.wake.signal("send");
}
