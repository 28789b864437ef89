import type { InboundEvent } from "../../../core/event.ts";
import type { Context } from "./context.ts";

/**
 * The part of `ingest` that takes an event out of its turn because the person took it back. A turn that an agent has
 * or had is left as it is: sealed means frozen. What was said beside the turns comes with none then.
 */
export function prepareWithdraw({ db }: Context) {
  const takeOut = db.prepare<[string, string, string]>(`
    UPDATE event SET state = 'withdrawn'
    WHERE event_id = (SELECT event_id FROM dedup_key WHERE channel = ? AND account = ? AND key = ?)
      AND (turn_id IS NULL AND state = 'stored'
        OR state = 'accepted'
          AND EXISTS (SELECT 1 FROM turn
                      WHERE turn.turn_id = event.turn_id AND turn.state IN ('collecting', 'ready') AND turn.attempt = 0))`);
  const expect = db.prepare<[string, string, string, string, number]>(
    "INSERT INTO dedup_key (channel, account, key, event_id, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const rememberKey = db.prepare<[string, string]>(`
    UPDATE event SET dedup_keys = json_insert(dedup_keys, '$[#]', ?) WHERE event_id = ?`);

  return function withdraw(event: InboundEvent, eventId: string, now: number): void {
    const { channel, account } = event.conversation;
    const key = event.withdraws;
    if (key === null) return;
    // Redelivery changes the order: what comes after it was taken back is known already, and opens no turn.
    if (expect.run(channel, account, key, eventId, now).changes === 1) rememberKey.run(key, eventId);
    // A turn that is left with nothing is closed as empty when it is sealed or claimed.
    else takeOut.run(channel, account, key);
  };
}
