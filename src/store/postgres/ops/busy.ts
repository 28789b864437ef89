import type { BatchPolicy } from "../../../core/batch.ts";
import type { ArrivedWhileBusy, Interrupted, PassedOver, WorkingRow } from "../../busy.ts";
import { type Key, keyOf, newId, slotOf } from "../slot.ts";
import type { Context } from "./context.ts";

/** The part of `ingest` for what arrives while the agent works on the conversation. */
export function prepareBusy({ db, chance }: Context) {
  const selectBusy = db.prepare<Key, { busy: boolean }>(`
    SELECT EXISTS (SELECT 1 FROM turn WHERE slot = $1 AND conversation_id = $2 AND state = 'leased')
        OR EXISTS (SELECT 1 FROM turn WHERE slot = $1 AND conversation_id = $2 AND state = 'ready') AS busy`);
  // A turn that waits behind it would come before what it is given to: then the order is kept, and nothing is taken away.
  const selectWorking = db.prepare<Key, WorkingRow>(`
    SELECT turn_id, first_event_at, max_wait_ms FROM turn AS t
    WHERE slot = $1 AND conversation_id = $2 AND state = 'leased' AND replied = 0
      AND NOT EXISTS (SELECT 1 FROM slow_reply AS s WHERE s.slot = $1 AND s.turn_id = t.turn_id)
      AND NOT EXISTS (SELECT 1 FROM turn WHERE slot = $1 AND conversation_id = $2 AND state = 'ready')`);
  const skip = db.prepare<[...Key, string, number, number, number, number]>(`
    INSERT INTO turn (slot, turn_id, conversation_id, state, reason, quiet_ms, max_wait_ms, max_events, first_event_at,
                      due_at, ended_at)
    VALUES ($1, $2, $3, 'skipped', 'the conversation was busy', $4, $5, $6, $7, $7, $7)`);
  const countEvents = db.prepare<Key, { count: number }>(
    "SELECT count(*) AS count FROM event WHERE slot = $1 AND turn_id = $2",
  );
  const close = db.prepare<[...Key, string, number]>(`
    UPDATE turn SET state = 'empty', owner = NULL, lease_expires_at = NULL, fence = fence + 1, reason = $3,
                    ended_at = $4
    WHERE slot = $1 AND turn_id = $2`);
  const moveEvents = db.prepare<[...Key, string]>(
    "UPDATE event SET turn_id = $3 WHERE slot = $1 AND turn_id = $2 AND state = 'accepted'",
  );
  const moveTokens = db.prepare<[...Key, string]>(`
    UPDATE reply_token SET turn_id = $3
    WHERE slot = $1 AND event_id IN (SELECT event_id FROM event WHERE slot = $1 AND turn_id = $3) AND turn_id = $2`);

  return {
    /** The turn that it is in, which is history at once: it shows what was passed over, and when. `null`: it isn't. */
    async passOver(
      { event, conversationId, now, busy }: ArrivedWhileBusy,
      batch: BatchPolicy,
    ): Promise<PassedOver | null> {
      if (busy !== "skip" || event.effect === "store") return null;
      if ((await selectBusy.get(...keyOf(conversationId)))?.busy !== true) return null;
      const { quietMs, maxWaitMs, maxEvents } = batch;
      const turnId = newId(chance, "turn", slotOf(conversationId));
      await skip.run(...keyOf(turnId), conversationId, quietMs, maxWaitMs, maxEvents, now);
      return { turnId, ready: false };
    },

    /** Ends the agent's turn when the event may take it away. Its events must be given to the next one. */
    async interrupt({ event, conversationId, now, busy }: ArrivedWhileBusy): Promise<Interrupted | null> {
      if (busy !== "interrupt" || event.effect === "store") return null;
      const row = await selectWorking.get(...keyOf(conversationId));
      if (row === undefined || now - row.first_event_at >= row.max_wait_ms) return null;
      const eventCount = (await countEvents.get(...keyOf(row.turn_id)))?.count ?? 0;
      await close.run(...keyOf(row.turn_id), "interrupted: its events are in the next turn", now);
      return { turnId: row.turn_id, firstEventAt: row.first_event_at, eventCount };
    },

    async giveEvents(from: string, to: string): Promise<void> {
      await moveEvents.run(...keyOf(from), to);
      await moveTokens.run(...keyOf(from), to);
    },
  };
}
