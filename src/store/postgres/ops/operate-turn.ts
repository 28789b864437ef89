import { Bug } from "../../../core/errors.ts";
import type { OperatorAction } from "../../../core/operator-action.ts";
import type { TurnItem } from "../../operator.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

/** The part of `operate` for a turn. It was judged in the same transaction. */
export function prepareOperateTurn({ db }: Context) {
  // Its events are still its own, so no key is asked. The next claim counts the attempt and raises the fence; what
  // failed before doesn't count against it.
  const replay = db.prepare<[...Key, number]>(`
    UPDATE turn SET state = 'ready', due_at = $3, failures = 0, reason = NULL, ended_at = NULL, first_claimed_at = NULL,
                    replied = 0
    WHERE slot = $1 AND turn_id = $2 AND state = 'dead'`);
  // A new answer comes: pieces of the old one, brought back later, would stand beside it.
  const discardOldAnswer = db.prepare<[...Key, number]>(`
    UPDATE delivery SET discarded_at = $3, reason = 'its turn was replayed: ' || coalesce(reason, 'dead')
    WHERE slot = $1 AND turn_id = $2 AND state = 'dead' AND discarded_at IS NULL`);
  const discard = db.prepare<[...Key, number]>(
    "UPDATE turn SET discarded_at = $3 WHERE slot = $1 AND turn_id = $2 AND state = 'dead'",
  );

  return async function operateTurn({ id }: TurnItem, action: OperatorAction, now: number): Promise<void> {
    switch (action) {
      case "replay":
        await replay.run(...keyOf(id), now);
        await discardOldAnswer.run(...keyOf(id), now);
        return;
      case "discard":
        await discard.run(...keyOf(id), now);
        return;
      case "sent":
      case "resend":
        throw new Bug(`${action} is for deliveries`);
      default:
        action satisfies never;
    }
  };
}
