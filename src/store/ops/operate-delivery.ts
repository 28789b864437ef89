import type { OperatorAction } from "../../core/operator-action.ts";
import type { DeliveryItem } from "../operator.ts";
import { RESENT_BY_A_PERSON, SAID_BY_A_PERSON } from "../operator-subject.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { moveBundle, unbundle } from "./bundle.ts";
import { releaseTokens } from "./release-tokens.ts";
import { move } from "./settle-attempt.ts";
import * as slowReply from "./slow-reply.ts";

// What was tried before binds no later attempt, and its time limits begin anew. Who says that it shall go out now
// means: also when it is late.
const BEGIN_ANEW = statement<{ deliveryId: string; now: number; because: string | null }>(`
  UPDATE delivery SET state = 'pending', due_at = :now, reason = NULL, ended_at = NULL, state_since = :now,
                      bundled_into = NULL, retry_baseline_attempt = attempts, unknown_since = NULL,
                      resent_because = coalesce(CAST(:because AS TEXT), resent_because),
                      deliver_by = CASE WHEN deliver_by > :now THEN deliver_by END
  WHERE delivery_id = :deliveryId`);

const DISCARD = statement<{ deliveryId: string; now: number }>(`
  UPDATE delivery SET state = 'dead', due_at = NULL, discarded_at = :now, ended_at = coalesce(ended_at, :now),
                      state_since = :now, bundled_into = NULL
  WHERE delivery_id = :deliveryId`);

const LAST_TOKEN = statement<{ deliveryId: string }, { token: string | null }>(
  "SELECT token FROM attempt WHERE delivery_id = :deliveryId ORDER BY attempt DESC LIMIT 1",
);

/** The part of `operate` for a delivery. It was judged in the same transaction. */
export async function operateDelivery(
  tx: Transaction,
  item: DeliveryItem,
  action: OperatorAction,
  now: number,
): Promise<void> {
  const { id: deliveryId, conversation, mayHaveArrived } = item;
  switch (action) {
    case "replay":
      await tx.run(BEGIN_ANEW, { deliveryId, now, because: null });
      return;
    case "resend":
      await tx.run(BEGIN_ANEW, { deliveryId, now, because: RESENT_BY_A_PERSON });
      return;
    case "sent": {
      const token = (await tx.get(LAST_TOKEN, { deliveryId }))?.token ?? null;
      await move(tx, deliveryId, { from: ["unknown"], next: SAID_BY_A_PERSON, token, now });
      await moveBundle(tx, deliveryId, SAID_BY_A_PERSON, { from: "unknown", now });
      await slowReply.sent(tx, conversation.conversationId);
      return;
    }
    case "discard":
      await tx.run(DISCARD, { deliveryId, now });
      // What may have been used is nobody else's.
      if (!mayHaveArrived) await releaseTokens(tx, deliveryId, null);
      await unbundle(tx, deliveryId, now);
      return;
    default:
      action satisfies never;
  }
}
