import type { ConversationRef } from "../../../core/conversation.ts";
import type { Context } from "./context.ts";

/**
 * The part of `ingest` that takes an event out of its turn because the person took it back. A turn that an agent has
 * or had is left as it is: sealed means frozen.
 */
export function prepareWithdraw({ db }: Context) {
  const takeOut = db.prepare<[string, string, string], { turn_id: string }>(`
    UPDATE event SET state = 'withdrawn'
    WHERE event_id = (SELECT event_id FROM dedup_key WHERE channel = ? AND account = ? AND key = ?)
      AND state = 'accepted'
      AND turn_id IN (SELECT turn_id FROM turn WHERE state IN ('collecting', 'ready') AND attempt = 0)
    RETURNING turn_id`);
  const shrink = db.prepare<[string]>("UPDATE turn SET event_count = event_count - 1 WHERE turn_id = ?");

  return function withdraw({ channel, account }: ConversationRef, key: string): void {
    const event = takeOut.get(channel, account, key);
    // A turn that is left with nothing is closed as empty when it is sealed or claimed.
    if (event !== undefined) shrink.run(event.turn_id);
  };
}
