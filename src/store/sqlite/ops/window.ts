import type { InboundEvent } from "../../../core/event.ts";
import type { Context } from "./context.ts";

interface Arrived {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
}

/**
 * The part of `ingest` for platforms that let us write only for a while after the person did, and on which people of
 * ours may answer by hand.
 */
export function prepareWindow({ db }: Context) {
  const open = db.prepare<[number, string]>(`
    UPDATE conversation SET window_ends_at = max(coalesce(window_ends_at, 0), ?) WHERE conversation_id = ?`);
  const letParkedGo = db.prepare<[number, string]>(`
    UPDATE delivery SET due_at = ? WHERE conversation_id = ? AND state = 'parked' AND carrier_id IS NULL`);
  const pause = db.prepare<[number, string]>(`
    UPDATE conversation SET paused_until = max(coalesce(paused_until, 0), ?) WHERE conversation_id = ?`);
  const selectPause = db.prepare<[string], { paused_until: number | null }>(
    "SELECT paused_until FROM conversation WHERE conversation_id = ?",
  );
  // What no agent has seen yet was answered by hand: its turn is left with nothing and is closed as empty.
  const skip = db.prepare<[string]>(`
    UPDATE event SET state = 'skipped'
    WHERE state = 'accepted' AND turn_id IN (SELECT turn_id FROM turn
      WHERE conversation_id = ? AND state IN ('collecting', 'ready') AND attempt = 0)`);

  return {
    /** The event as it counts here: while a person of ours answers, it opens no turn. */
    heard({ event, conversationId, now }: Arrived): InboundEvent {
      // Only where people can answer by hand is there anything to look up.
      if (event.windowMs === undefined || event.effect === "store") return event;
      const pausedUntil = selectPause.get(conversationId)?.paused_until ?? 0;
      return now < pausedUntil ? { ...event, effect: "store" } : event;
    },

    /** Opens the window and starts the pause. Whether a parked delivery may go now. */
    note({ event, conversationId, now }: Arrived): boolean {
      if ((event.pauseMs ?? 0) > 0) {
        pause.run(now + (event.pauseMs ?? 0), conversationId);
        skip.run(conversationId);
      }
      if (event.windowMs === undefined || event.windowMs <= 0) return false;
      // The platform counts from its own time of the event. One without a time, or from the future, happened now.
      const happenedAt = event.sentAt > 0 ? Math.min(event.sentAt, now) : now;
      const endsAt = happenedAt + event.windowMs;
      open.run(endsAt, conversationId);
      return endsAt > now && letParkedGo.run(now, conversationId).changes > 0;
    },
  };
}
