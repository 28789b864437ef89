import type { InboundEvent } from "../../core/event.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";

/*
 * The part of `ingest` for platforms that let us write only for a while after the person did, and on which people of
 * ours may answer by hand.
 */

interface Arrived {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
}

const OPEN = statement<{ conversationId: string; endsAt: number }>(
  ({ greatest }) => `
  UPDATE conversation SET window_ends_at = ${greatest("window_ends_at", ":endsAt")}
  WHERE conversation_id = :conversationId`,
);

const LET_PARKED_GO = statement<{ conversationId: string; now: number }>(`
  UPDATE delivery SET due_at = :now
  WHERE conversation_id = :conversationId AND state = 'parked' AND bundled_into IS NULL`);

const PAUSE = statement<{ conversationId: string; until: number }>(
  ({ greatest }) => `
  UPDATE conversation SET paused_until = ${greatest("paused_until", ":until")}
  WHERE conversation_id = :conversationId`,
);

// What no agent has seen yet was answered by hand: its turn is left with nothing and is closed as empty.
const SKIP = statement<{ conversationId: string }>(`
  UPDATE event SET state = 'skipped'
  WHERE state = 'accepted' AND turn_id IN (SELECT turn_id FROM turn
    WHERE conversation_id = :conversationId AND state IN ('collecting', 'ready') AND attempt = 0)`);

/** The event as it counts here: while a person of ours answers, it opens no turn. */
export function effectiveEvent(event: InboundEvent, pausedUntil: number, now: number): InboundEvent {
  // Only where people can answer by hand is there a pause.
  if (event.windowMs === undefined || event.effect === "store") return event;
  return now < pausedUntil ? { ...event, effect: "store" } : event;
}

/** Opens the window and starts the pause. Whether a parked delivery may go now. */
export async function record(
  tx: Transaction,
  { event, conversationId, now }: Arrived,
  hasParked: boolean,
): Promise<boolean> {
  const { pauseMs = 0, windowMs = 0 } = event;
  if (pauseMs > 0) {
    await tx.run(PAUSE, { conversationId, until: now + pauseMs });
    await tx.run(SKIP, { conversationId });
  }
  if (windowMs <= 0) return false;
  // The platform counts from its own time of the event. One without a time, or from the future, happened now.
  const happenedAt = event.sentAt > 0 ? Math.min(event.sentAt, now) : now;
  const endsAt = happenedAt + windowMs;
  await tx.run(OPEN, { conversationId, endsAt });
  return hasParked && endsAt > now && (await tx.run(LET_PARKED_GO, { conversationId, now })).changes > 0;
}
