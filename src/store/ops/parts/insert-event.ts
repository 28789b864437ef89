import type { EventState, InboundEvent } from "../../../core/event.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import type { KeyVerdict } from "./dedup-keys.ts";

/* Part of `ingest`: the event's row. */

interface NewEvent {
  readonly eventId: string;
  readonly conversationId: string;
  readonly turnId: string | null;
  readonly state: EventState;
  readonly now: number;
  readonly verdict: KeyVerdict;
}

interface EventValues extends Omit<NewEvent, "verdict"> {
  readonly platformEventId: string;
  readonly dedupKeys: string;
  readonly type: string;
  readonly sentAt: number;
  readonly redelivered: number;
  readonly senderId: string | null;
  readonly senderName: string | null;
  readonly content: string;
  readonly raw: string;
  readonly revises: string | null;
  readonly version: number | null;
  readonly setId: string | null;
  readonly setIndex: number | null;
  readonly setTotal: number | null;
}

const INSERT = statement<EventValues>(`
  INSERT INTO event (event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at,
                     received_at, redelivered, sender_id, sender_name, content, raw, revises, version, set_id,
                     set_index, set_total)
  VALUES (:eventId, :conversationId, :turnId, :state, :platformEventId, :dedupKeys, :type, :sentAt,
          :now, :redelivered, :senderId, :senderName, :content, :raw, :revises, :version, :setId,
          :setIndex, :setTotal)`);

export async function insertEvent(tx: Transaction, event: InboundEvent, { verdict, ...as }: NewEvent): Promise<void> {
  const { revises } = event;
  const editedTo = verdict.kind === "edited" ? verdict.version : null;
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
    revises: revises?.of ?? null,
    version: revises?.kind === "edit" ? revises.version : editedTo,
    setId: event.part?.setId ?? null,
    setIndex: event.part?.index ?? null,
    setTotal: event.part?.total ?? null,
  });
}
