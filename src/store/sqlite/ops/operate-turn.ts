import { Bug } from "../../../core/errors.ts";
import type { OperatorAction } from "../../../core/operator-action.ts";
import type { TurnItem } from "../../operator.ts";
import type { Context } from "./context.ts";

/** The part of `operate` for a turn. It was judged in the same transaction. */
export function prepareOperateTurn({ db }: Context) {
  // Its events are still its own, so no key is asked. The next claim counts the attempt and raises the fence; what
  // failed before doesn't count against it.
  const replay = db.prepare<[number, string]>(`
    UPDATE turn SET state = 'ready', due_at = ?, failures = 0, reason = NULL, ended_at = NULL, first_claimed_at = NULL,
                    replied = 0
    WHERE turn_id = ? AND state = 'dead'`);
  // A new answer comes: pieces of the old one, brought back later, would stand beside it.
  const discardOldAnswer = db.prepare<[number, string]>(`
    UPDATE delivery SET discarded_at = ?, reason = 'its turn was replayed: ' || coalesce(reason, 'dead')
    WHERE turn_id = ? AND state = 'dead' AND discarded_at IS NULL`);
  const discard = db.prepare<[number, string]>("UPDATE turn SET discarded_at = ? WHERE turn_id = ? AND state = 'dead'");

  return function operateTurn({ id }: TurnItem, action: OperatorAction, now: number): void {
    switch (action) {
      case "replay":
        replay.run(now, id);
        discardOldAnswer.run(now, id);
        return;
      case "discard":
        discard.run(now, id);
        return;
      case "sent":
      case "resend":
        throw new Bug(`${action} is for deliveries`);
      default:
        action satisfies never;
    }
  };
}
