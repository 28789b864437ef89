import type { EventState, InboundEvent } from "../../core/event.ts";
import type { GrantedReplyToken } from "../../core/reply-token.ts";
import { newId } from "../id.ts";
import { pipelined } from "../pipelined.ts";
import { statement } from "../statement.ts";
import type { IngestPolicy, IngestResult } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import * as busy from "./busy.ts";
import { buttonCallback } from "./button-callback.ts";
import { claimAtOnce, claimCollected, contextSince } from "./claim-at-once.ts";
import { collect, insertOpened } from "./collect.ts";
import { selectState, stateOrInsert } from "./conversation-state.ts";
import { takeKeys } from "./dedup-keys.ts";
import { findConversation, hasPeerNames, releaseNames, rememberNames } from "./peer-names.ts";
import { inheritTokens, refreshToken, storeToken } from "./reply-token.ts";
import { retractEvent } from "./retract-event.ts";
import * as window from "./window.ts";

interface NewEvent {
  readonly eventId: string;
  readonly conversationId: string;
  readonly turnId: string | null;
  readonly state: EventState;
  readonly now: number;
}

interface EventValues extends NewEvent {
  readonly platformEventId: string;
  readonly dedupKeys: string;
  readonly type: string;
  readonly sentAt: number;
  readonly redelivered: number;
  readonly senderId: string | null;
  readonly senderName: string | null;
  readonly content: string;
  readonly raw: string;
}

const INSERT = statement<EventValues>(`
  INSERT INTO event (event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at,
                     received_at, redelivered, sender_id, sender_name, content, raw)
  VALUES (:eventId, :conversationId, :turnId, :state, :platformEventId, :dedupKeys, :type, :sentAt,
          :now, :redelivered, :senderId, :senderName, :content, :raw)`);

export async function ingest(tx: Transaction, event: InboundEvent, policy: IngestPolicy): Promise<IngestResult> {
  const conversationId = await findConversation(tx, event);
  const now = tx.now();
  const eventId = newId(tx.random, "evt", conversationId);
  const since = contextSince(policy, now);
  // A person with several names may have no conversation before the names are remembered.
  const [verdict, row] = await pipelined([
    takeKeys(tx, event, eventId, now),
    hasPeerNames(event) ? undefined : selectState(tx, conversationId, since),
  ]);
  const { token, redelivered } = event;
  const { tokenFallbackLeadMs, waitedMs = () => 0 } = policy;
  const granted = { conversationId, token, redelivered, now, tokenFallbackLeadMs, waitedMs: waitedMs() };
  if (verdict.kind === "duplicate") {
    const { eventId: knownId, receivedAt } = verdict;
    const tokenRefreshed = hasToken(granted) && (await refreshToken(tx, { eventId: knownId, ...granted }));
    await releaseNames(tx, event);
    return { kind: "duplicate", eventId: knownId, receivedAt: receivedAt ?? now, tokenRefreshed };
  }
  if (verdict.kind === "inconsistent") {
    policy.onInconsistent();
    await inheritTokens(tx, eventId, verdict.lostEventIds);
  }
  await rememberNames(tx, event, conversationId, now);
  const found = hasPeerNames(event) ? await selectState(tx, conversationId, since) : row;
  const known = await stateOrInsert(tx, found, conversationId, event.conversation, now);
  const { pausedUntil, hasParked, collecting, isBusy, fence } = known;
  const effectiveEvent = window.effectiveEvent(event, pausedUntil, now);
  const arrived = { event: effectiveEvent, conversationId, now, busy: policy.busy ?? "queue", isBusy };
  const skipped = await busy.skip(tx, arrived, policy.batch);
  const interrupted = await busy.interrupt(tx, arrived);
  const claim = verdict.kind === "new" && interrupted === null ? claimAtOnce(policy, known) : null;
  const { batch } = policy;
  const added = { event: effectiveEvent, conversationId, now, batch, collecting, interrupted, claim, fence };
  const collected = skipped === null ? await collect(tx, added) : null;
  const turnId = skipped?.turnId ?? collected?.turnId ?? null;
  const state = stateOf(turnId, skipped !== null);
  const ofTurn = { turnId: collected?.turnId ?? null, hasParked };
  const [newToken] = await pipelined([
    hasToken(granted) ? storeToken(tx, { eventId, ...granted }, ofTurn) : null,
    collected === null ? null : insertOpened(tx, collected),
    insert(tx, event, { eventId, conversationId, turnId, state, now }),
  ]);
  if (interrupted !== null && collected !== null) await busy.reassignEvents(tx, interrupted.turnId, collected.turnId);
  await retractEvent(tx, event, { eventId, conversationId, now });
  const opensWindow = await window.record(tx, { event, conversationId, now }, hasParked);
  const offersRoute =
    (await buttonCallback(tx, { event, conversationId, now, policy })) || newToken?.isWaitedFor === true;
  await releaseNames(tx, event);
  const { conversation } = known;
  const replyBy = newToken?.expiresAt ?? null;
  const stored = { event, eventId, conversation, now, replyBy, aheadMs: now - tx.wall() };
  return {
    kind: verdict.kind === "inconsistent" ? "healed" : "accepted",
    eventId,
    conversationId,
    receivedAt: now,
    turnId,
    turnReady: collected?.isDue === true,
    claimed: collected === null ? null : await claimCollected(tx, collected, stored, policy.claim),
    offersRoute: offersRoute || opensWindow,
    isSkipped: skipped !== null,
    interrupted: interrupted?.turnId ?? null,
  };
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

async function insert(tx: Transaction, event: InboundEvent, as: NewEvent): Promise<void> {
  await tx.run(INSERT, {
    ...as,
    platformEventId: event.platformEventId,
    dedupKeys: JSON.stringify(event.dedupKeys),
    type: event.type,
    sentAt: event.sentAt,
    redelivered: event.redelivered ? 1 : 0,
    senderId: event.sender?.id ?? null,
    senderName: event.sender?.name ?? null,
    content: JSON.stringify(event.content),
    raw: JSON.stringify(event.raw),
  });
}
