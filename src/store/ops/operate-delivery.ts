import type { ItemAction } from "../../core/operator-action.ts";
import type { DeliveryItem } from "../operator.ts";
import { MARKED_AS_SENT, RESENT_BY_OPERATOR } from "../operator-subject.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { markResent, moveBundle, unbundle } from "./parts/bundle.ts";
import { releaseTokens } from "./parts/release-tokens.ts";
import * as slowReply from "./parts/slow-reply.ts";
import { moveDelivery } from "./settle-attempt.ts";

// Earlier attempts bind no later one, and time limits start over. A deadline that has passed is dropped: the operator wants
// it sent.
const RESTART = statement<{ deliveryId: string; now: number; wall: number; because: string | null }>(`
  UPDATE delivery SET state = 'pending', due_at = :now, reason = NULL, ended_at = NULL, state_since = :now,
                      bundled_into = NULL, retry_baseline_attempt = attempts, unknown_since = NULL, steps_aside = 0,
                      resent_because = coalesce(CAST(:because AS TEXT), resent_because),
                      deliver_by = CASE WHEN deliver_by > :wall THEN deliver_by END
  WHERE delivery_id = :deliveryId`);

const DISCARD = statement<{ deliveryId: string; now: number }>(`
  UPDATE delivery SET state = 'dead', due_at = NULL, discarded_at = :now, ended_at = coalesce(ended_at, :now),
                      state_since = :now, bundled_into = NULL
  WHERE delivery_id = :deliveryId`);

const LAST_TOKEN = statement<{ deliveryId: string }, { token: string | null }>(
  "SELECT token FROM attempt WHERE delivery_id = :deliveryId ORDER BY attempt DESC LIMIT 1",
);

/** Part of `operate`: executes an allowed action on a delivery. */
export async function operateDelivery(
  tx: Transaction,
  item: DeliveryItem,
  action: ItemAction,
  now: number,
): Promise<void> {
  const { id: deliveryId, conversation, mayHaveArrived } = item;
  switch (action) {
    case "replay":
      await tx.run(RESTART, { deliveryId, now, wall: tx.wall(), because: null });
      return;
    case "resend":
      await tx.run(RESTART, { deliveryId, now, wall: tx.wall(), because: RESENT_BY_OPERATOR });
      // What it carries is in the same call.
      await markResent(tx, deliveryId, RESENT_BY_OPERATOR);
      return;
    case "sent": {
      const token = (await tx.get(LAST_TOKEN, { deliveryId }))?.token ?? null;
      await moveDelivery(tx, deliveryId, { from: "unknown", next: MARKED_AS_SENT, token, now });
      await moveBundle(tx, deliveryId, MARKED_AS_SENT, { from: "unknown", now });
      await slowReply.sent(tx, conversation.conversationId);
      return;
    }
    case "discard":
      await tx.run(DISCARD, { deliveryId, now });
      // A token that may have been used is not released.
      if (!mayHaveArrived) await releaseTokens(tx, deliveryId, null);
      await unbundle(tx, deliveryId, now);
      return;
    default:
      action satisfies never;
  }
}
