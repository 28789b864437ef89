import type { EventContent, EventState, InboundEvent, Revision } from "../../../core/event.ts";
import { reworded } from "../../../core/revision.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { pointKey, takeKey } from "./dedup-keys.ts";
import { isUntouched } from "./turn-events.ts";

/* Part of `ingest`: what an event does to an earlier message. The table stands in `core/revision.ts`. */

interface Revising {
  readonly eventId: string;
  readonly conversationId: string;
  readonly now: number;
}

type Edit = Revision & { readonly kind: "edit" };

interface EarlierRow {
  event_id: string;
  state: EventState;
  content: string;
  /** The dedup key of a message that hasn't arrived: this event revises it, and stands in for it. */
  revises: string | null;
  version: number | null;
  /** 1: in a turn that no agent has had. */
  is_open: number;
}

interface LateRow {
  event_id: string;
  content: string;
  version: number;
  wording: string;
  /** 1: it was taken back, or its edit is in the turn itself. */
  leaves: number;
}

/** Version of a message that was taken back: no edit is newer. */
export const TAKEN_BACK = Number.MAX_SAFE_INTEGER;

/** SQL: the event is in a turn that no agent has had. */
const IS_OPEN = `(event.state = 'accepted'
        AND EXISTS (SELECT 1 FROM turn AS t WHERE t.turn_id = event.turn_id AND ${isUntouched("t")}))`;

// Only in the locked conversation: another conversation's rows are written under its own lock.
const SELECT_EARLIER = statement<
  { conversationId: string; channel: string; account: string; key: string },
  EarlierRow
>(`
  SELECT event_id, state, content, revises, version,
         CASE WHEN ${IS_OPEN} THEN 1 ELSE 0 END AS is_open
  FROM event
  WHERE event_id = (SELECT event_id FROM dedup_key WHERE channel = :channel AND account = :account AND key = :key)
    AND conversation_id = :conversationId`);

const REWORD = statement<{ eventId: string; content: string; version: number }>(
  "UPDATE event SET content = :content, version = :version, revised_by = NULL WHERE event_id = :eventId",
);

// An agent has it: the newest revision counts if the turn is taken away from that agent.
const SET_LATE = statement<{ eventId: string; version: number; revisedBy: string }>(
  "UPDATE event SET version = :version, revised_by = :revisedBy WHERE event_id = :eventId",
);

const SELECT_LATE = statement<{ turnId: string }, LateRow>(`
  SELECT e.event_id, e.content, e.version, r.content AS wording,
         CASE WHEN r.version IS NULL OR r.turn_id IS NOT NULL THEN 1 ELSE 0 END AS leaves
  FROM event AS e JOIN event AS r ON r.event_id = e.revised_by
  WHERE e.turn_id = :turnId AND e.state = 'accepted'`);

const LEAVE = statement<{ eventId: string; version: number }>(
  "UPDATE event SET state = 'retracted', version = :version, revised_by = NULL WHERE event_id = :eventId",
);

/** Revises the earlier message. Returns the event as it counts here: an edit that the message got opens no turn. */
export async function revise(tx: Transaction, event: InboundEvent, as: Revising): Promise<InboundEvent> {
  const { revises } = event;
  if (revises === null) return event;
  const { channel, account } = event.conversation;
  const key = { channel, account, key: revises.of };
  // Redelivery changes the order: the message has not arrived. It will find this event under its key.
  if (await takeKey(tx, key, as.eventId, as.now)) return withKey(event, revises.of);
  const earlier = await tx.get(SELECT_EARLIER, { ...key, conversationId: as.conversationId });
  if (earlier === undefined) return event;
  if (revises.kind === "edit") return await edit(tx, event, { earlier, revises, as });
  await retract(tx, earlier, as);
  return event;
}

/** A turn without events is closed as empty when it is sealed or claimed. */
async function retract(
  tx: Transaction,
  { event_id: eventId, state, is_open }: EarlierRow,
  as: Revising,
): Promise<void> {
  if (is_open === 1 || state === "stored") await tx.run(LEAVE, { eventId, version: TAKEN_BACK });
  else if (state === "accepted") await tx.run(SET_LATE, { eventId, version: TAKEN_BACK, revisedBy: as.eventId });
}

interface Editing {
  readonly earlier: EarlierRow;
  readonly revises: Edit;
  readonly as: Revising;
}

async function edit(tx: Transaction, event: InboundEvent, { earlier, revises, as }: Editing): Promise<InboundEvent> {
  const { version } = revises;
  const unanswered: InboundEvent = { ...event, effect: "store" };
  if (earlier.state === "retracted" || (earlier.version ?? version) > version) return unanswered;
  const eventId = earlier.event_id;
  const isOutsideTurns = earlier.state === "stored";
  if (isOutsideTurns && earlier.revises === revises.of) {
    // The message was taken back, or had an older edit, before it arrived.
    return earlier.version === null ? unanswered : await standIn(tx, event, revises, as);
  }
  if (earlier.is_open === 1 || (isOutsideTurns && event.effect === "store")) {
    const content = reword(earlier.content, event.content);
    await tx.run(REWORD, { eventId, content, version });
    return unanswered;
  }
  if (isOutsideTurns) await tx.run(LEAVE, { eventId, version });
  else await tx.run(SET_LATE, { eventId, version, revisedBy: as.eventId });
  return event.effect === "store" ? event : await standIn(tx, event, revises, as);
}

/** An agent's turn was interrupted, and its events are in that turn: what came too late for that agent counts in it. */
export async function reviseLate(tx: Transaction, turnId: string): Promise<void> {
  for (const { event_id: eventId, content, version, wording, leaves } of await tx.all(SELECT_LATE, { turnId })) {
    if (leaves === 1) await tx.run(LEAVE, { eventId, version });
    else await tx.run(REWORD, { eventId, content: reword(content, JSON.parse(wording) as EventContent), version });
  }
}

function reword(content: string, edited: EventContent): string {
  return JSON.stringify(reworded(JSON.parse(content) as EventContent, edited));
}

/** The message's key leads to this event from now on: a later edit or retraction is about this one. */
async function standIn(
  tx: Transaction,
  event: InboundEvent,
  { of }: Edit,
  { eventId }: Revising,
): Promise<InboundEvent> {
  const { channel, account } = event.conversation;
  await pointKey(tx, { channel, account, key: of }, eventId);
  return withKey(event, of);
}

function withKey(event: InboundEvent, key: string): InboundEvent {
  return { ...event, dedupKeys: [...event.dedupKeys, key] };
}
