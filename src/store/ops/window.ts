import type { InboundEvent } from "../../core/event.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { setParkedDue } from "./bundle.ts";

/*
 * Part of `ingest`: the messaging window of platforms that have one, and the pause of the bot during a handover to a human
 * agent.
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

const PAUSE = statement<{ conversationId: string; until: number }>(
  ({ greatest }) => `
  UPDATE conversation SET paused_until = ${greatest("paused_until", ":until")}
  WHERE conversation_id = :conversationId`,
);

// Events that no agent has had were answered by a human agent: their turn has no events left and is closed as empty.
const SKIP = statement<{ conversationId: string }>(`
  UPDATE event SET state = 'skipped'
  WHERE state = 'accepted' AND turn_id IN (SELECT turn_id FROM turn
    WHERE conversation_id = :conversationId AND state IN ('collecting', 'ready') AND attempt = 0)`);

/** The event as it counts here: during a handover it opens no turn. */
export function effectiveEvent(event: InboundEvent, pausedUntil: number, now: number): InboundEvent {
  // Only where people can answer by hand is there a pause.
  if (event.windowMs === undefined || event.effect === "store") return event;
  return now < pausedUntil ? { ...event, effect: "store" } : event;
}

/** Opens the window and starts the pause. Resolves to whether a parked delivery became due. */
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
  // The platform counts from its own time of the event. One without a time, or in the future, counts as now.
  const wall = tx.wall();
  const happenedAt = event.sentAt > 0 ? Math.min(event.sentAt, wall) : wall;
  const endsAt = happenedAt + windowMs;
  await tx.run(OPEN, { conversationId, endsAt });
  return hasParked && endsAt > wall && (await setParkedDue(tx, conversationId, now));
}
