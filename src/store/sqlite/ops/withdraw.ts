import type { ConversationRef } from "../../../core/conversation.ts";
import type { Context } from "./context.ts";

/**
 * The part of `ingest` that takes an event out of its turn because the person took it back. A turn that an agent has
 * or had is left as it is: sealed means frozen.
 */
export function prepareWithdraw({ db }: Context) {
  const takeOut = db.prepare<[string, string, string]>(`
    UPDATE event SET state = 'withdrawn'
    WHERE event_id = (SELECT event_id FROM dedup_key WHERE channel = ? AND account = ? AND key = ?)
      AND state = 'accepted'
      AND EXISTS (SELECT 1 FROM turn
                  WHERE turn.turn_id = event.turn_id AND turn.state IN ('collecting', 'ready') AND turn.attempt = 0)`);

  return function withdraw({ channel, account }: ConversationRef, key: string): void {
    // A turn that is left with nothing is closed as empty when it is sealed or claimed.
    takeOut.run(channel, account, key);
  };
}
