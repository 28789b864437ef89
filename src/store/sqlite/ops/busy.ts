import type { BatchPolicy } from "../../../core/batch.ts";
import type { ArrivedWhileBusy, Interrupted, PassedOver, WorkingRow } from "../../busy.ts";
import { newId } from "../ids.ts";
import type { Context } from "./context.ts";

/** The part of `ingest` for what arrives while the agent works on the conversation. */
export function prepareBusy({ db, chance }: Context) {
  const selectBusy = db.prepare<[string, string], { busy: number }>(`
    SELECT EXISTS (SELECT 1 FROM turn WHERE conversation_id = ? AND state = 'leased')
        OR EXISTS (SELECT 1 FROM turn INDEXED BY turn_ready_in_order
                   WHERE conversation_id = ? AND state = 'ready') AS busy`);
  // A turn that waits behind it would come before what it is given to: then the order is kept, and nothing is taken away.
  const selectWorking = db.prepare<[string, string], WorkingRow>(`
    SELECT turn_id, first_event_at, max_wait_ms FROM turn AS t
    WHERE conversation_id = ? AND state = 'leased' AND replied = 0
      AND NOT EXISTS (SELECT 1 FROM slow_reply AS s WHERE s.turn_id = t.turn_id)
      AND NOT EXISTS (SELECT 1 FROM turn INDEXED BY turn_ready_in_order
                      WHERE conversation_id = ? AND state = 'ready')`);
  const skip = db.prepare(`
    INSERT INTO turn (turn_id, conversation_id, state, reason, quiet_ms, max_wait_ms, max_events, first_event_at, due_at,
                      ended_at)
    VALUES (?, ?, 'skipped', 'the conversation was busy', ?, ?, ?, ?, ?, ?)`);
  const countEvents = db.prepare<[string], { count: number }>("SELECT count(*) AS count FROM event WHERE turn_id = ?");
  const close = db.prepare<[string, number, string]>(`
    UPDATE turn SET state = 'empty', owner = NULL, lease_expires_at = NULL, fence = fence + 1, reason = ?, ended_at = ?
    WHERE turn_id = ?`);
  const moveEvents = db.prepare<[string, string]>(
    "UPDATE event SET turn_id = ? WHERE turn_id = ? AND state = 'accepted'",
  );
  const moveTokens = db.prepare<[{ from: string; to: string }]>(`
    UPDATE reply_token SET turn_id = :to
    WHERE event_id IN (SELECT event_id FROM event WHERE turn_id = :to) AND turn_id = :from`);

  return {
    /** The turn that it is in, which is history at once: it shows what was passed over, and when. `null`: it isn't. */
    passOver({ event, conversationId, now, busy }: ArrivedWhileBusy, batch: BatchPolicy): PassedOver | null {
      if (busy !== "skip" || event.effect === "store") return null;
      if (selectBusy.get(conversationId, conversationId)?.busy !== 1) return null;
      const { quietMs, maxWaitMs, maxEvents } = batch;
      const turnId = newId(chance, "turn", conversationId);
      skip.run(turnId, conversationId, quietMs, maxWaitMs, maxEvents, now, now, now);
      return { turnId, ready: false };
    },

    /** Ends the agent's turn when the event may take it away. Its events must be given to the next one. */
    interrupt({ event, conversationId, now, busy }: ArrivedWhileBusy): Interrupted | null {
      if (busy !== "interrupt" || event.effect === "store") return null;
      const row = selectWorking.get(conversationId, conversationId);
      if (row === undefined || now - row.first_event_at >= row.max_wait_ms) return null;
      const eventCount = countEvents.get(row.turn_id)?.count ?? 0;
      close.run("interrupted: its events are in the next turn", now, row.turn_id);
      return { turnId: row.turn_id, firstEventAt: row.first_event_at, eventCount };
    },

    giveEvents(from: string, to: string): void {
      moveEvents.run(to, from);
      moveTokens.run({ from, to });
    },
  };
}
