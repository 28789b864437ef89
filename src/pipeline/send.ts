import type { AttemptReport } from "../core/delivery.ts";
import { chooseRoad, openTokens, whyThisRoad } from "../core/route.ts";
import { reasonOf } from "../runtime/log.ts";
import type { Tick } from "../runtime/loop.ts";
import { allThatSucceed, untilAvailable } from "../runtime/until-available.ts";
import type { StartAttempt, StartedAttempt } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { settle } from "./settle.ts";
import { channelOf } from "./support/channel-of.ts";
import { isFlowing, roadInput } from "./support/route-input.ts";

/** Room in an attempt's lease for writing down what came of it. */
const SETTLE_MS = 3_000;

/** Records an attempt for each delivery that is due, and then, and only then, makes the call. */
export async function send(deps: Deps): Promise<Tick> {
  const { store, settings, runner } = deps;
  const room = settings.maxCallsAtOnce - runner.active("send");
  const term = deps.tenure.term();
  if (room <= 0 || term === null) return { more: false, nextInMs: null };
  const { due, nextInMs } = await store.dueDeliveries({
    limit: room,
    unknownHoldMs: settings.unknownWaitMs,
    accounts: deps.channels.accounts,
  });
  // One that can't be started must not leave the others recorded and never called.
  const started = await allThatSucceed(
    due.filter((deliveryId) => !deps.inHand.has(deliveryId)).map((deliveryId) => startOne(deps, deliveryId)),
    (error) => deps.log.error({ reason: reasonOf(error) }, "attempt not started"),
  );
  for (const { attempt, why } of started) {
    if (attempt?.kind === "send") start(deps, attempt, { why, term });
    else if (attempt !== null) noteNotSent(deps, attempt);
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
  readonly term: number;
}

/** What choosing a road has shown, for the log and the metrics: said when its transaction has ended. */
interface Notes {
  why: string;
  /** Whether its account's receipts are known to flow; `null` where the platform has none. */
  flow: { readonly channel: string; readonly account: string; readonly isFlowing: boolean } | null;
}

/**
 * It is in hand from here on, so that no other look of this process begins it: the word that takes an attempt back names
 * its owner only, and would take back that look's attempt, whose call is made.
 */
async function startOne(deps: Deps, deliveryId: string): Promise<Started> {
  const { store, owner, settings, chance } = deps;
  const notes: Notes = { why: "", flow: null };
  deps.inHand.add(deliveryId);
  try {
    const attempt = await store.startAttempt(attemptOf(deps, deliveryId, notes));
    if (attempt?.kind !== "send") deps.inHand.delete(deliveryId);
    return { attempt, why: notes.why };
  } catch (error) {
    const abandon = { deliveryId, owner, retry: settings.deliveryRetry, chance: chance.random() };
    deps.runner.task(
      "abandon",
      () => untilAvailable(() => store.abandonAttempt(abandon), deps),
      () => letGo(deps, deliveryId),
    );
    throw error;
  } finally {
    if (notes.flow !== null) {
      const { channel, account, isFlowing: flows } = notes.flow;
      deps.metrics.receiptsFlowing.set({ channel, account }, flows ? 1 : 0);
    }
  }
}

function attemptOf(deps: Deps, deliveryId: string, notes: Notes): StartAttempt {
  const { settings, owner } = deps;
  return {
    deliveryId,
    owner,
    // Longer than any call can take: only a process that is gone or frozen outlives it. No longer than that, because the
    // next process must make the call again while the reply token lives.
    leaseMs: Math.max(...deps.channels.all.map((channel) => channel.callLimitMs)) + SETTLE_MS,
    unknownHoldMs: settings.unknownWaitMs,
    chooseRoad: (view) => {
      const { name: channel, account, paidRoute } = channelOf(deps, view.conversation);
      if (paidRoute === "session") notes.flow = { channel, account, isFlowing: isFlowing(deps, view) };
      const input = roadInput(deps, view);
      const road = chooseRoad(input);
      notes.why = whyThisRoad(input, road);
      return road;
    },
    awaitDeliveredMs: (conversation) => channelOf(deps, conversation).awaitDeliveredMs ?? 0,
    problemWith: ({ conversation, messages }) => channelOf(deps, conversation).problemWith(messages),
    buildCall: (view, road) => {
      const { conversation, deliveryId: id, address, messages, more, turnId } = view;
      // What is paid for needs no tap, and what another token can bring neither.
      const needsTap = road.route === "reply" && openTokens(roadInput(deps, view)).length <= 1;
      const delivery = { deliveryId: id, peerId: address, messages, isAnswer: turnId !== null };
      return channelOf(deps, conversation).buildCall({ ...delivery, more: needsTap ? more : null }, road);
    },
  };
}

function letGo({ inHand, wake }: Deps, deliveryId: string): void {
  inHand.delete(deliveryId);
  wake.signal("send");
}

/** At its end its place in the conversation's order is free, and this process has room again. */
function start(deps: Deps, attempt: StartedAttempt & { kind: "send" }, begun: Begun): void {
  deps.runner.task(
    "send",
    () => makeCall(deps, attempt, begun),
    () => letGo(deps, attempt.deliveryId),
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

async function makeCall(deps: Deps, attempt: StartedAttempt & { kind: "send" }, { why, term }: Begun): Promise<void> {
  const from = deps.clock.now();
  const { deliveryId, turnId, route, call } = attempt;
  const stage = deps.traces.begin(turnId ?? deliveryId, "send", from, {
    "turnpike.delivery": deliveryId,
    "turnpike.attempt": attempt.attempt,
    "turnpike.route": route,
    "turnpike.channel": attempt.conversation.channel,
    "turnpike.account": attempt.conversation.account,
  });
  try {
    const isOurs = deps.tenure.term() === term;
    const report = isOurs ? await stage.run(() => channelOf(deps, attempt.conversation).send(call, route)) : NOT_MADE;
    const callMs = Math.max(0, deps.clock.now() - from);
    const state = await settle(deps, attempt, { report, why, callMs });
    const { kind } = report.outcome;
    const attributes = { "turnpike.outcome": kind, "turnpike.state": state };
    stage.end(deps.clock.now(), { attributes, failure: kind === "sent" ? null : kind });
  } catch (error) {
    stage.end(deps.clock.now(), { failure: "not settled" });
    throw error;
  }
}

function noteNotSent(deps: Deps, attempt: Exclude<StartedAttempt, { kind: "send" }>): void {
  const { deliveryId, reason } = attempt;
  switch (attempt.kind) {
    case "held":
    case "waiting":
      deps.log.warn({ deliveryId, reason }, `delivery ${attempt.kind}`);
      break;
    case "parked": {
      const { name: channel, account, paidRoute: route } = channelOf(deps, attempt.conversation);
      if (attempt.entered) deps.metrics.deliveries.inc({ channel, route, outcome: "parked", account });
      deps.log.warn({ deliveryId, channel, account, reason }, "delivery parked");
      break;
    }
    case "taken-back":
      deps.log.info({ deliveryId, reason }, "our own words taken back: no free road would take them");
      break;
    case "refused": {
      const { channel, account, route } = attempt;
      deps.metrics.deliveries.inc({ channel, route: route ?? "none", outcome: "dead", account });
      deps.log.error({ deliveryId, channel, account, reason }, "delivery dead: it waits for a person");
      break;
    }
    case "expired": {
      const { name: channel, account, paidRoute: route } = channelOf(deps, attempt.conversation);
      deps.metrics.deliveries.inc({ channel, route, outcome: "dead", account });
      deps.log.warn({ deliveryId, channel, account, reason }, "delivery dead: it came too late to be sent");
      break;
    }
    default:
      attempt satisfies never;
  }
  // It holds up nobody now.
  deps.wake.signal("send");
}
