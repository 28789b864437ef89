import { peerIdsOf } from "../../core/conversation.ts";
import type { ForgetPlace } from "../../store/erasure.ts";
import type { Peer, Store } from "../../store/store.ts";

export interface Forgotten {
  readonly turns: number;
  /** Events that were deleted. */
  readonly events: number;
  readonly deliveries: number;
  readonly peerIds: number;
  /** Events in groups and rooms whose content and sender were deleted. */
  readonly inGroups: number;
}

export type ForgetOutcome =
  | ({ readonly kind: "forgotten" } & Forgotten)
  /** A call to the platform is in progress: retry in a moment. */
  | { readonly kind: "busy" }
  /** No event of that person is known, here or in a group. */
  | { readonly kind: "nobody" };

/** Turns per transaction, and rows per step: small, so that webhooks wait a few ms at most. */
const TURNS = 20;
const ROWS = 500;

/**
 * Deletes a person's data at one account: their messages and ours, their names and ids, links to their media. Ids are deleted
 * last, so that an interrupted command can be repeated. Deduplication keys stay: a redelivered webhook must not restore
 * deleted data.
 */
export async function forget(store: Store, person: Peer): Promise<ForgetOutcome> {
  const sums = { turns: 0, events: 0, deliveries: 0, peerIds: 0, inGroups: 0 };
  let known: { conversationId: string; peerIds: readonly string[] } | null = null;
  for (let more = true; more; ) {
    const step = await store.forgetTurns({ person, limit: TURNS });
    if (step.kind === "busy") return step;
    if (step.kind === "nobody") break;
    known = step;
    sums.turns += step.turns;
    sums.events += step.events;
    sums.deliveries += step.deliveries;
    more = step.more;
  }
  const { channel, account, peerId } = person;
  const who = {
    channel,
    account,
    conversationId: known?.conversationId ?? "",
    peerIds: known?.peerIds ?? peerIdsOf(peerId),
  };
  for (let from: ForgetPlace | null = null; ; ) {
    const step = await store.forgetOutsideTurns({ ...who, from, limit: ROWS });
    sums.events += step.events;
    sums.deliveries += step.deliveries;
    sums.inGroups += step.inGroups;
    if (step.next === null) break;
    from = step.next;
  }
  if (known === null && sums.inGroups === 0) return { kind: "nobody" };
  if (known !== null) sums.peerIds = await store.forgetPeerIds(known.conversationId);
  return { kind: "forgotten", ...sums };
}
