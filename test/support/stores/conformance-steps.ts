/** The way of a message in single steps, each of which must succeed: what the tests of a later step begin with. */
import type { AccountKey } from "../../../src/core/conversation.ts";
import type { SendOutcome, SendOutcomeKind } from "../../../src/core/delivery.ts";
import { assert } from "../../../src/core/errors.ts";
import type { ClaimedTurn, LeasedTurn } from "../../../src/core/turn.ts";
import type { Settled, StartedAttempt } from "../../../src/store/attempt.ts";
import type { Purged, Retention } from "../../../src/store/retention.ts";
import type { Answered, IngestPolicy, IngestResult } from "../../../src/store/store.ts";
import { type Bench, oneRow } from "./harness.ts";
import {
  type AttemptChange,
  attemptOf,
  LEASE_MS,
  message,
  OWNER,
  outgoing,
  policy,
  RETENTION,
  report,
  type Saying,
  SEND_RETRY,
  TURN_RETRY,
  UNKNOWN_WAIT_MS,
} from "./samples.ts";

export type Accepted = IngestResult & { readonly kind: "accepted" | "recovered"; readonly turnId: string };
export type Sending = StartedAttempt & { readonly kind: "send" };

/** A message that opens or extends a turn. */
export async function say(
  bench: Bench,
  id: string,
  saying: Saying = {},
  how: Partial<IngestPolicy> = {},
): Promise<Accepted> {
  const result = await bench.store.ingest(message(id, saying), policy(how));
  assert(result.kind !== "duplicate" && result.turnId !== null, `${id} is in no turn: ${result.kind}`);
  return { ...result, turnId: result.turnId };
}

/** A message whose turn need not wait. */
export function sayNow(bench: Bench, id: string, saying: Saying = {}): Promise<Accepted> {
  return say(bench, id, { effect: "collect-now", ...saying });
}

export async function claim(bench: Bench, turnId: string, owner = OWNER): Promise<ClaimedTurn | null> {
  const turn = await bench.store.claimTurn({ turnId, owner, leaseMs: LEASE_MS });
  return turn === "empty" ? null : turn;
}

/** A turn of one message, with the agent. */
export async function claimed(bench: Bench, id: string, saying: Saying = {}): Promise<ClaimedTurn> {
  return mustClaim(bench, (await sayNow(bench, id, saying)).turnId);
}

export async function mustClaim(bench: Bench, turnId: string): Promise<ClaimedTurn> {
  const turn = await claim(bench, turnId);
  assert(turn !== null, `${turnId} can't be claimed`);
  return turn;
}

export interface Answer {
  readonly perCall?: number;
  readonly done?: boolean;
}

export function answer(
  bench: Bench,
  { turnId, fence }: LeasedTurn,
  said: readonly string[],
  { perCall = 5, done = true }: Answer = {},
): Promise<Answered> {
  return bench.store.answerTurn({ turnId, fence, messages: outgoing(...said), messagesPerCall: perCall, done });
}

/** Deliveries of an answered turn, one for each text. */
export async function queued(
  bench: Bench,
  id: string,
  said: readonly string[],
  saying: Saying = {},
): Promise<[string, ...string[]]> {
  const turn = await claimed(bench, id, saying);
  const [first, ...rest] = (await answer(bench, turn, said, { perCall: 1 })).deliveryIds;
  assert(first !== undefined, `the answer to ${id} made no delivery`);
  return [first, ...rest];
}

export function start(bench: Bench, deliveryId: string, change: AttemptChange = {}) {
  return bench.store.startAttempt(attemptOf(deliveryId, change));
}

/** The call is on its way. */
export async function sending(bench: Bench, deliveryId: string, change: AttemptChange = {}): Promise<Sending> {
  const attempt = await start(bench, deliveryId, change);
  assert(attempt?.kind === "send", `${deliveryId} is not sent: ${attempt?.kind ?? null}`);
  return attempt;
}

export function settle(
  bench: Bench,
  { deliveryId, attempt }: { deliveryId: string; attempt: number },
  outcome: SendOutcomeKind | SendOutcome,
): Promise<Settled> {
  return bench.store.settleAttempt({ deliveryId, attempt, report: report(outcome), retry: SEND_RETRY, random: 0 });
}

/** Sends it and takes the platform's word. */
export async function sent(bench: Bench, deliveryId: string, outcome: SendOutcomeKind | SendOutcome): Promise<Settled> {
  return settle(bench, await sending(bench, deliveryId), outcome);
}

export function dueDeliveries(bench: Bench, limit = 100, accountKey: AccountKey = "line/default") {
  return bench.store.dueDeliveries({ accountKey, limit, unknownWaitMs: UNKNOWN_WAIT_MS });
}

export function expire(bench: Bench, limit = 100) {
  return bench.store.expireLeases({ limit, retry: TURN_RETRY, random: 0 });
}

export async function stateOf(bench: Bench, kind: "turn" | "delivery" | "event", id: string): Promise<unknown> {
  return (await oneRow(bench, kind, { [`${kind}_id`]: id })).state;
}

/** How long until `look` finds something, in ms; looks every `stepMs`. Infinity when it doesn't within `limitMs`. */
export async function waitedFor(
  bench: Bench,
  look: () => Promise<boolean>,
  limitMs: number,
  stepMs = 100,
): Promise<number> {
  for (let waited = 0; waited <= limitMs; waited += stepMs) {
    if (await look()) return waited;
    bench.clock.step(stepMs);
  }
  return Number.POSITIVE_INFINITY;
}

/** Retention, batch after batch, until it finds nothing more. Keys are read in rounds: an empty one may come between. */
export async function purgeAll(bench: Bench, retention: Retention = RETENTION): Promise<Purged> {
  let sum: Purged = { contents: 0, turns: 0, events: 0, keys: 0 };
  for (let idle = 0; idle < 5; ) {
    const { contents, turns, events, keys } = await bench.store.purge(retention);
    idle = contents + turns + events + keys === 0 ? idle + 1 : 0;
    sum = {
      contents: sum.contents + contents,
      turns: sum.turns + turns,
      events: sum.events + events,
      keys: sum.keys + keys,
    };
  }
  return sum;
}

/** While no process is there the clock is set back; then the next one starts. */
export async function setBack(bench: Bench, ms: number): Promise<void> {
  bench.clock.step(-ms);
  await bench.crash();
  await bench.store.reclaimOrphanedLeases("process-2");
}

/** Where other processes live, a dead one's lease must run out before it is known for dead. They keep the time. */
export async function waitOut(bench: Bench, leaseMs: number): Promise<void> {
  if (!bench.waitsForLeases) return;
  await bench.store.checkCommit();
  bench.clock.step(leaseMs);
}
