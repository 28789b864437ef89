import type { InboundEvent } from "../../../core/event.ts";
import { type Key, keyOf } from "../slot.ts";
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
  const open = db.prepare<[...Key, number]>(`
    UPDATE conversation SET window_ends_at = greatest(window_ends_at, $3) WHERE slot = $1 AND conversation_id = $2`);
  const letParkedGo = db.prepare<[...Key, number]>(`
    UPDATE delivery SET due_at = $3
    WHERE slot = $1 AND conversation_id = $2 AND state = 'parked' AND carrier_id IS NULL`);
  const pause = db.prepare<[...Key, number]>(`
    UPDATE conversation SET paused_until = greatest(paused_until, $3) WHERE slot = $1 AND conversation_id = $2`);
  const selectPause = db.prepare<Key, { paused_until: number | null }>(
    "SELECT paused_until FROM conversation WHERE slot = $1 AND conversation_id = $2",
  );
  // What no agent has seen yet was answered by hand: its turn is left with nothing and is closed as empty.
  const skip = db.prepare<Key>(`
    UPDATE event SET state = 'skipped'
    WHERE slot = $1 AND state = 'accepted' AND turn_id IN (SELECT turn_id FROM turn
      WHERE slot = $1 AND conversation_id = $2 AND state IN ('collecting', 'ready') AND attempt = 0)`);

  return {
    /** The event as it counts here: while a person of ours answers, it opens no turn. */
    async heard({ event, conversationId, now }: Arrived): Promise<InboundEvent> {
      // Only where people can answer by hand is there anything to look up.
      if (event.windowMs === undefined || event.effect === "store") return event;
      const pausedUntil = (await selectPause.get(...keyOf(conversationId)))?.paused_until ?? 0;
      return now < pausedUntil ? { ...event, effect: "store" } : event;
    },

    /** Opens the window and starts the pause. Whether a parked delivery may go now. */
    async note({ event, conversationId, now }: Arrived): Promise<boolean> {
      if ((event.pauseMs ?? 0) > 0) {
        await pause.run(...keyOf(conversationId), now + (event.pauseMs ?? 0));
        await skip.run(...keyOf(conversationId));
      }
      if (event.windowMs === undefined || event.windowMs <= 0) return false;
      // The platform counts from its own time of the event. One without a time, or from the future, happened now.
      const happenedAt = event.sentAt > 0 ? Math.min(event.sentAt, now) : now;
      const endsAt = happenedAt + event.windowMs;
      await open.run(...keyOf(conversationId), endsAt);
      return endsAt > now && (await letParkedGo.run(...keyOf(conversationId), now)).changes > 0;
    },
  };
}
