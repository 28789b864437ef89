import type { Conversation, ConversationRef } from "../../core/conversation.ts";
import { assert } from "../../core/errors.ts";
import type { InboundEvent } from "../../core/event.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import type { IngestPolicy, LeaseTerms } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { claimTurn, mayClaim } from "./claim-turn.ts";
import type { Collected } from "./parts/collect.ts";
import type { ConversationState } from "./parts/conversation-state.ts";
import { oldestContext } from "./parts/turn-events.ts";
import { seal } from "./seal-turn.ts";

/* Part of `ingest`: claims the event's turn. */

/** The claim of a turn that the event alone opens, if nothing comes before it and nothing else comes with it. */
export function claimAtOnce({ claim }: IngestPolicy, known: ConversationState): LeaseTerms | null {
  if (claim === undefined || known.isBusy || !mayClaim(claim, known.conversation)) return null;
  return known.hasContext ? null : claim;
}

/** Messages that opened no turn are context when they came after that. */
export function contextSince({ claim }: IngestPolicy, { kind }: Pick<ConversationRef, "kind">, now: number): number {
  const { context } = claim ?? {};
  return context === undefined || context.maxEvents === 0 ? now : oldestContext(kind, now, context);
}

interface StoredEvent {
  readonly event: InboundEvent;
  readonly eventId: string;
  readonly conversation: Conversation;
  readonly now: number;
  readonly replyBy: number | null;
  readonly aheadMs: number;
}

/** After the event is stored: seals the turn if it is due, and claims it if it may be claimed. */
export async function claimCollected(
  tx: Transaction,
  { turnId, isDue, opened }: Collected,
  stored: StoredEvent,
  claim: LeaseTerms | undefined,
): Promise<ClaimedTurn | null> {
  if (!isDue) return null;
  if (opened === null) return await seal(tx, turnId, stored.now, claim);
  if (opened.state === "leased") return claimedWith(stored, turnId, opened.fence);
  const claimed = claim === undefined ? null : await claimTurn(tx, { turnId, ...claim });
  assert(claimed !== "empty", `${turnId} was opened without an event`);
  return claimed;
}

/** The turn as `claimTurn` would read it, made from its only event. */
function claimedWith(stored: StoredEvent, turnId: string, fence: number): ClaimedTurn {
  const { event, eventId, conversation, now, replyBy, aheadMs } = stored;
  const { sentAt, redelivered, content } = event;
  // A database keeps no lone surrogate, as of a name that was cut in the middle of an emoji.
  const platformEventId = event.platformEventId.toWellFormed();
  const type = event.type.toWellFormed();
  const { id = null, name = null } = event.sender ?? {};
  const sender = id === null ? null : { id: id.toWellFormed(), name: name?.toWellFormed() ?? null };
  const ofTurn = { eventId, platformEventId, type, sentAt, receivedAt: now, redelivered, sender, content };
  const times = { replyBy, aheadMs, firstEventAt: now, claimedAt: now };
  return { turnId, fence, attempt: 1, failures: 0, conversation, events: [ofTurn], context: [], ...times };
}
