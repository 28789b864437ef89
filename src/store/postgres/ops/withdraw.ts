import type { InboundEvent } from "../../../core/event.ts";
import { type Key, keyOf, slotOf } from "../slot.ts";
import type { Context } from "./context.ts";

/**
 * The part of `ingest` that takes an event out of its turn because the person took it back. A turn that an agent has
 * or had is left as it is: sealed means frozen. What was said beside the turns comes with none then.
 */
export function prepareWithdraw({ db }: Context) {
  const takeOut = db.prepare<[number, string, string, string]>(`
    UPDATE event SET state = 'withdrawn'
    WHERE slot = $1
      AND event_id = (SELECT event_id FROM dedup_key WHERE channel = $2 AND account = $3 AND key = $4)
      AND (turn_id IS NULL AND state = 'stored'
        OR state = 'accepted'
          AND EXISTS (SELECT 1 FROM turn
                      WHERE turn.slot = $1 AND turn.turn_id = event.turn_id AND turn.state IN ('collecting', 'ready')
                        AND turn.attempt = 0))`);
  const expect = db.prepare<[number, string, string, string, string, number]>(`
    INSERT INTO dedup_key (slot, channel, account, key, event_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT DO NOTHING`);
  const rememberKeys = db.prepare<[...Key, string]>(
    "UPDATE event SET dedup_keys = $3 WHERE slot = $1 AND event_id = $2",
  );

  return async function withdraw(event: InboundEvent, eventId: string, now: number): Promise<void> {
    const { channel, account } = event.conversation;
    const key = event.withdraws;
    if (key === null) return;
    // Redelivery changes the order: what comes after it was taken back is known already, and opens no turn.
    if ((await expect.run(slotOf(eventId), channel, account, key, eventId, now)).changes === 1) {
      await rememberKeys.run(...keyOf(eventId), JSON.stringify([...event.dedupKeys, key]));
    }
    // A turn that is left with nothing is closed as empty when it is sealed or claimed.
    else await takeOut.run(slotOf(eventId), channel, account, key);
  };
}
