import type { EventState, InboundEvent } from "../../core/event.ts";
import type { GrantedReplyToken } from "../../core/reply-token.ts";
import { reworded } from "../../core/revision.ts";
import { newId } from "../id.ts";
import { runTogether } from "../run-together.ts";
import type { IngestPolicy, IngestResult } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { claimAtOnce, claimCollected, contextSince } from "./claim-at-once.ts";
import * as busy from "./parts/busy.ts";
import { buttonCallback } from "./parts/button-callback.ts";
import { collect, insertOpened } from "./parts/collect.ts";
import { selectState, stateOrInsert } from "./parts/conversation-state.ts";
import { type KeyVerdict, takeKeys } from "./parts/dedup-keys.ts";
import * as handover from "./parts/handover.ts";
import { insertEvent } from "./parts/insert-event.ts";
import { findConversation, hasPeerIds, releasePeerIds, rememberPeerIds } from "./parts/peer-ids.ts";
import { inheritTokens, refreshToken, storeToken } from "./parts/reply-token.ts";
import { revise, reviseLate } from "./parts/revise-event.ts";
import * as window from "./parts/window.ts";

export async function ingest(tx: Transaction, given: InboundEvent, policy: IngestPolicy): Promise<IngestResult> {
  const conversationId = await findConversation(tx, given);
  const now = tx.now();
  const eventId = newId(tx.random, "evt", conversationId);
  const since = contextSince(policy, given.conversation, now);
  // A person with several ids may have no conversation before the ids are remembered.
  const [verdict, row] = await runTogether([
    takeKeys(tx, given, eventId, now),
    hasPeerIds(given) ? undefined : selectState(tx, conversationId, since),
  ]);
  const { token, redelivered } = given;
  const { tokenFallbackLeadMs, waitedMs = () => 0 } = policy;
  const granted = { conversationId, token, redelivered, now, tokenFallbackLeadMs, waitedMs: waitedMs() };
  if (verdict.kind === "duplicate") {
    const tokenRefreshed = hasToken(granted) && (await refreshToken(tx, { eventId: verdict.eventId, ...granted }));
    await releasePeerIds(tx, given);
    return { ...knownAs(verdict, conversationId, now), tokenRefreshed };
  }
  if (verdict.kind === "inconsistent") {
    policy.onInconsistent();
    await inheritTokens(tx, eventId, verdict.lostEventIds);
  }
  await rememberPeerIds(tx, given, conversationId, now);
  const found = hasPeerIds(given) ? await selectState(tx, conversationId, since) : row;
  const known = await stateOrInsert(tx, found, conversationId, given.conversation, now);
  const { hasParked, collecting, isBusy, fence } = known;
  const pause = await handover.pauseAt(tx, { event: given, conversationId, now }, known, policy.handover);
  const effective = handover.effectiveEvent(given, pause);
  const event = await revise(tx, asEdited(effective, verdict), { eventId, conversationId, now });
  const arrived = { event, conversationId, now, busy: policy.busy ?? "queue", isBusy };
  const skipped = await busy.skip(tx, arrived, policy.batch);
  const interrupted = await busy.interrupt(tx, arrived);
  const claim = verdict.kind === "new" && interrupted === null ? claimAtOnce(policy, known) : null;
  const added = { event, conversationId, now, batch: policy.batch, collecting, interrupted, claim, fence };
  const collected = skipped === null ? await collect(tx, added) : null;
  const turnId = skipped?.turnId ?? collected?.turnId ?? null;
  const state = stateOf(turnId, skipped !== null);
  const ofTurn = { turnId: collected?.turnId ?? null, hasParked };
  const [newToken] = await runTogether([
    hasToken(granted) ? storeToken(tx, { eventId, ...granted }, ofTurn) : null,
    collected === null ? null : insertOpened(tx, collected),
    insertEvent(tx, event, { eventId, conversationId, turnId, state, now, verdict }),
  ]);
  if (interrupted !== null && collected !== null) {
    await busy.reassignEvents(tx, interrupted.turnId, collected.turnId);
    await reviseLate(tx, collected.turnId);
  }
  const begun = await handover.begin(tx, { event, conversationId, now }, pause, policy.handover);
  const opensWindow = await window.record(tx, { event, conversationId, now }, hasParked);
  const offersRoute =
    (await buttonCallback(tx, { event, conversationId, now, policy })) || newToken?.isWaitedFor === true;
  await releasePeerIds(tx, event);
  const { conversation } = known;
  const replyBy = newToken?.expiresAt ?? null;
  const stored = { event, eventId, conversation, now, replyBy, aheadMs: now - tx.wall() };
  return {
    kind: verdict.kind === "inconsistent" ? "recovered" : "accepted",
    eventId,
    conversationId,
    receivedAt: now,
    turnId,
    turnReady: collected?.isDue === true,
    claimed: collected === null ? null : await claimCollected(tx, collected, stored, policy.claim),
    offersRoute: offersRoute || opensWindow,
    isSkipped: skipped !== null,
    interrupted: interrupted?.turnId ?? null,
    handover: begun,
  };
}

/** Of an event that retention has deleted only the id is known. */
function knownAs(verdict: KeyVerdict & { kind: "duplicate" }, conversationId: string, now: number) {
  const { conversationId: known, receivedAt } = verdict;
  return { ...verdict, conversationId: known ?? conversationId, receivedAt: receivedAt ?? now };
}

/** In the newest wording, if an edit of it came first. */
function asEdited(event: InboundEvent, verdict: KeyVerdict): InboundEvent {
  return verdict.kind === "edited" ? { ...event, content: reworded(event.content, verdict.content) } : event;
}

function hasToken<T extends { readonly token: GrantedReplyToken | null }>(
  of: T,
): of is T & { readonly token: GrantedReplyToken } {
  return of.token !== null;
}

function stateOf(turnId: string | null, isSkipped: boolean): EventState {
  if (isSkipped) return "skipped";
  return turnId === null ? "stored" : "accepted";
}
