import type { Channel } from "../channels/channel.ts";
import { assert } from "../core/errors.ts";
import { chooseRoad, openTokens, whyThisRoad } from "../core/route.ts";
import type { Deps } from "../deps.ts";
import { reasonOf } from "../runtime/log.ts";
import type { Tick } from "../runtime/loop.ts";
import { allThatSucceed, untilAvailable } from "../runtime/until-available.ts";
import type { DeliveryView, StartAttempt, StartedAttempt } from "../store/store.ts";
import { whyNotPaid } from "./quota.ts";
import { settle } from "./settle.ts";

/** Room in an attempt's lease for writing down what came of it. */
const SETTLE_MS = 5_000;

/** Records an attempt for each delivery that is due, and then, and only then, makes the call. */
export async function send(deps: Deps): Promise<Tick> {
  const { store, settings, runner } = deps;
  const room = settings.maxCallsAtOnce - runner.active("send");
  if (room <= 0) return { more: false, nextInMs: null };
  const { due, nextInMs } = await store.dueDeliveries({
    limit: room,
    unknownHoldMs: settings.unknownWaitMs,
    accounts: deps.channels.accounts,
  });
  // One that can't be started must not leave the others recorded and never called.
  const started = await allThatSucceed(
    due.map((deliveryId) => startOne(deps, deliveryId)),
    (error) => deps.log.error({ reason: reasonOf(error) }, "attempt not started"),
  );
  for (const { attempt, why } of started) {
    if (attempt?.kind === "send") start(deps, attempt, why);
    else if (attempt !== null) noteNotSent(deps, attempt);
  }
  return { more: due.length >= room && started.some(({ attempt }) => attempt?.kind !== "send"), nextInMs };
}

interface Started {
  readonly attempt: StartedAttempt | null;
  /** Why it goes this way and not by a cheaper one. */
  readonly why: string;
}

async function startOne(deps: Deps, deliveryId: string): Promise<Started> {
  const { store, owner, settings, chance } = deps;
  try {
    let why = "";
    const attempt = await store.startAttempt(attemptOf(deps, deliveryId, (reason) => (why = reason)));
    return { attempt, why };
  } catch (error) {
    const abandon = { deliveryId, owner, retry: settings.deliveryRetry, chance: chance.random() };
    deps.runner.task("abandon", () => untilAvailable(() => store.abandonAttempt(abandon), deps));
    throw error;
  }
}

function attemptOf(deps: Deps, deliveryId: string, onRoad: (why: string) => void): StartAttempt {
  const { settings, owner } = deps;
  return {
    deliveryId,
    owner,
    // Longer than any call can take: only a process that is gone or frozen outlives it.
    leaseMs: 2 * Math.max(...deps.channels.all.map((channel) => channel.callLimitMs)) + SETTLE_MS,
    unknownHoldMs: settings.unknownWaitMs,
    chooseRoad: (view) => {
      const input = roadInput(deps, view);
      const road = chooseRoad(input);
      onRoad(whyThisRoad(input, road));
      return road;
    },
    problemWith: ({ conversation, messages }) => channelOf(deps, conversation).problemWith(messages),
    buildCall: (view, road) => {
      const { conversation, deliveryId: id, messages, more } = view;
      // What is paid for needs no tap, and what another token can bring neither.
      const needsTap = road.route === "reply" && openTokens(roadInput(deps, view)).length <= 1;
      const delivery = { deliveryId: id, peerId: conversation.peerId, messages, more: needsTap ? more : null };
      return channelOf(deps, conversation).buildCall(delivery, road);
    },
  };
}

function roadInput(deps: Deps, { conversation, kind, road }: DeliveryView) {
  const channel = channelOf(deps, conversation);
  return {
    ...road,
    tokenMarginMs: channel.token?.marginMs ?? 0,
    // Our own words are worth no money.
    paid: kind === "answer" ? channel.paidRoute : null,
    retryKeyLifeMs: channel.retryKeyLifeMs,
    paidClosed: whyNotPaid(deps, channel, conversation),
  };
}

/** At its end its place in the conversation's order is free, and this process has room again. */
function start(deps: Deps, attempt: StartedAttempt & { kind: "send" }, why: string): void {
  deps.runner.task(
    "send",
    () => makeCall(deps, attempt, why),
    () => deps.wake.signal("send"),
  );
}

async function makeCall(deps: Deps, attempt: StartedAttempt & { kind: "send" }, why: string): Promise<void> {
  const report = await channelOf(deps, attempt.conversation).send(attempt.call, attempt.route);
  await settle(deps, attempt, report, why);
}

function channelOf(deps: Deps, { channel, account }: { channel: string; account: string }): Channel {
  const found = deps.channels.find(channel, account);
  assert(found !== null, `a delivery for ${channel}/${account} was claimed without that channel`);
  return found;
}

function noteNotSent(deps: Deps, attempt: Exclude<StartedAttempt, { kind: "send" }>): void {
  const { deliveryId, reason } = attempt;
  switch (attempt.kind) {
    case "held":
    case "parked":
      deps.log.warn({ deliveryId, reason }, `delivery ${attempt.kind}`);
      break;
    case "taken-back":
      deps.log.info({ deliveryId, reason }, "our own words taken back: no free road would take them");
      break;
    case "refused": {
      const { channel, route } = attempt;
      deps.metrics.deliveries.inc({ channel, route: route ?? "none", outcome: "dead" });
      deps.log.error({ deliveryId, reason }, "delivery dead: it waits for a person");
      break;
    }
    default:
      attempt satisfies never;
  }
  // It holds up nobody now.
  deps.wake.signal("send");
}
