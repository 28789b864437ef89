import { Bug } from "../../core/errors.ts";
import type { ItemAction } from "../../core/operator-action.ts";
import type { TurnItem } from "../operator.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import * as slowReply from "./parts/slow-reply.ts";

// The turn keeps its events, so no dedup key is checked. The next claim counts the attempt and raises the fence; earlier
// failures don't count.
const REPLAY = statement<{ turnId: string; now: number }>(`
  UPDATE turn SET state = 'ready', due_at = :now, failures = 0, reason = NULL, ended_at = NULL, first_claimed_at = NULL,
                  replied = 0
  WHERE turn_id = :turnId AND (state = 'dead' OR state = 'ready')`);

// The old answer's dead deliveries are discarded: replayed later, they would mix with the new answer.
const DISCARD_OLD_ANSWER = statement<{ turnId: string; now: number }>(`
  UPDATE delivery SET discarded_at = :now, reason = 'its turn was replayed: ' || coalesce(reason, 'dead')
  WHERE turn_id = :turnId AND state = 'dead' AND discarded_at IS NULL`);

// One that an agent has is taken from it: its answer comes under a lease that is over.
const DISCARD = statement<{ turnId: string; now: number }>(`
  UPDATE turn SET state = 'dead', owner = NULL, lease_expires_at = NULL, ended_at = coalesce(ended_at, :now),
                  discarded_at = :now
  WHERE turn_id = :turnId AND (state = 'dead' OR state = 'ready' OR state = 'leased')`);

/** Part of `operate`: executes an allowed action on a turn. */
export async function operateTurn(
  tx: Transaction,
  { id: turnId, state }: TurnItem,
  action: ItemAction,
  now: number,
): Promise<void> {
  switch (action) {
    case "replay":
      await tx.run(REPLAY, { turnId, now });
      await tx.run(DISCARD_OLD_ANSWER, { turnId, now });
      return;
    case "discard":
      await tx.run(DISCARD, { turnId, now });
      if (state !== "dead") await slowReply.failed(tx, turnId);
      return;
    case "sent":
    case "resend":
      throw new Bug(`${action} is for deliveries`);
    default:
      action satisfies never;
  }
}
