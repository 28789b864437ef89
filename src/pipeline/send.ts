import type { Channel } from "../channels/channel.ts";
import { assert } from "../core/errors.ts";
import { areReceiptsFlowing } from "../core/receipt.ts";
import { chooseRoad } from "../core/route.ts";
import type { Deps } from "../deps.ts";
import { reasonOf } from "../runtime/log.ts";
import type { Tick } from "../runtime/loop.ts";
import { allThatSucceed, untilAvailable } from "../runtime/until-available.ts";
import type { StartAttempt, StartedAttempt } from "../store/store.ts";
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
  for (const attempt of started) {
    if (attempt?.kind === "send") start(deps, attempt);
    else if (attempt !== null) noteWaiting(deps, attempt);
  }
  return { more: due.length >= room && started.some((attempt) => attempt?.kind !== "send"), nextInMs };
}

async function startOne(deps: Deps, deliveryId: string): Promise<StartedAttempt | null> {
  const { store, owner, settings, chance } = deps;
  const flows: Flow[] = [];
  try {
    return await store.startAttempt(attemptOf(deps, deliveryId, flows));
  } catch (error) {
    const abandon = { deliveryId, owner, retry: settings.deliveryRetry, chance: chance.random() };
    deps.runner.task("abandon", () => untilAvailable(() => store.abandonAttempt(abandon), deps));
    throw error;
  } finally {
    for (const { channel, account, isFlowing } of flows) {
      deps.metrics.receiptsFlowing.set({ channel, account }, isFlowing ? 1 : 0);
    }
  }
}

/** Whether an account's receipts are known to flow, as it was seen when a road was chosen. */
interface Flow {
  readonly channel: string;
  readonly account: string;
  readonly isFlowing: boolean;
}

function attemptOf(deps: Deps, deliveryId: string, flows: Flow[]): StartAttempt {
  const { settings, owner } = deps;
  return {
    deliveryId,
    owner,
    // Longer than any call can take: only a process that is gone or frozen outlives it.
    leaseMs: 2 * Math.max(...deps.channels.all.map((channel) => channel.callLimitMs)) + SETTLE_MS,
    unknownHoldMs: settings.unknownWaitMs,
    chooseRoad: ({ conversation, messages, now, receipts, road }) => {
      const channel = channelOf(deps, conversation);
      const receiptsFlow = areReceiptsFlowing(receipts, now, settings.unknownWaitMs);
      if (channel.paidRoute === "session") {
        flows.push({ channel: channel.name, account: channel.account, isFlowing: receiptsFlow });
      }
      return chooseRoad({
        ...road,
        needsNoWindow: channel.needsNoWindow?.(messages) ?? false,
        templateInstead: channel.templateInstead?.(messages) ?? false,
        unknown: {
          policy: settings.onUnknown,
          waitMs: settings.unknownWaitMs,
          // The store has a clock of its own: from ours only the time that has passed counts.
          listeningSince: now - (deps.clock.now() - deps.listening.since),
          receiptsFlow,
        },
        tokenMarginMs: channel.token?.marginMs ?? 0,
        paid: channel.paidRoute,
        retryKeyLifeMs: channel.retryKeyLifeMs,
      });
    },
    buildCall: (view, road) =>
      channelOf(deps, view.conversation).buildCall(
        {
          deliveryId: view.deliveryId,
          peerId: view.address,
          messages: view.messages,
          isAnswer: view.turnId !== null,
        },
        road,
      ),
  };
}

/** At its end its place in the conversation's order is free, and this process has room again. */
function start(deps: Deps, attempt: StartedAttempt & { kind: "send" }): void {
  deps.runner.task(
    "send",
    () => makeCall(deps, attempt),
    () => deps.wake.signal("send"),
  );
}

async function makeCall(deps: Deps, attempt: StartedAttempt & { kind: "send" }): Promise<void> {
  const report = await channelOf(deps, attempt.conversation).send(attempt.call, attempt.route);
  await settle(deps, attempt, report);
}

function channelOf(deps: Deps, { channel, account }: { channel: string; account: string }): Channel {
  const found = deps.channels.find(channel, account);
  assert(found !== null, `a delivery for ${channel}/${account} was claimed without that channel`);
  return found;
}

function noteWaiting(deps: Deps, waiting: StartedAttempt & { kind: "held" | "parked" | "waiting" }): void {
  const { deliveryId, reason } = waiting;
  deps.log.warn({ deliveryId, reason }, `delivery ${waiting.kind}`);
  // It holds up nobody now.
  deps.wake.signal("send");
}
