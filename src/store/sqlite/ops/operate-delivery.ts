import type { OperatorAction } from "../../../core/operator-action.ts";
import type { DeliveryItem } from "../../operator.ts";
import { RESENT_BY_A_PERSON, SAID_BY_A_PERSON } from "../../operator-subject.ts";
import { prepareCarried } from "./carried.ts";
import type { Context } from "./context.ts";
import { prepareReleaseTokens } from "./release-tokens.ts";
import { prepareMove } from "./settle-attempt.ts";
import { prepareSlowReply } from "./slow-reply.ts";

/** The part of `operate` for a delivery. It was judged in the same transaction. */
export function prepareOperateDelivery(context: Context) {
  const { db } = context;
  const move = prepareMove(context);
  const settleCarried = prepareCarried(context);
  const releaseTokens = prepareReleaseTokens(context);
  const slowReply = prepareSlowReply(context);
  // What was tried before binds no later attempt, and its time limits begin anew. Who says that it shall go out now
  // means: also when it is late.
  const beginAnew = db.prepare<[{ now: number; because: string | null; deliveryId: string }]>(`
    UPDATE delivery SET state = 'pending', due_at = :now, reason = NULL, ended_at = NULL, state_since = :now,
                        carrier_id = NULL, begun_anew_after = attempts, unknown_since = NULL,
                        resent_because = coalesce(:because, resent_because),
                        deliver_by = CASE WHEN deliver_by > :now THEN deliver_by END
    WHERE delivery_id = :deliveryId`);
  const discard = db.prepare<[{ now: number; deliveryId: string }]>(`
    UPDATE delivery SET state = 'dead', due_at = NULL, discarded_at = :now, ended_at = coalesce(ended_at, :now),
                        state_since = :now, carrier_id = NULL
    WHERE delivery_id = :deliveryId`);
  const lastToken = db.prepare<[string], { token: string | null }>(
    "SELECT token FROM attempt WHERE delivery_id = ? ORDER BY attempt DESC LIMIT 1",
  );

  return function operateDelivery(item: DeliveryItem, action: OperatorAction, now: number): void {
    const { id: deliveryId, conversation, mayHaveArrived } = item;
    switch (action) {
      case "replay":
        beginAnew.run({ now, because: null, deliveryId });
        return;
      case "resend":
        beginAnew.run({ now, because: RESENT_BY_A_PERSON, deliveryId });
        return;
      case "sent":
        move(deliveryId, SAID_BY_A_PERSON, lastToken.get(deliveryId)?.token ?? null, now);
        settleCarried(deliveryId, SAID_BY_A_PERSON, now);
        slowReply.sent(conversation.conversationId);
        return;
      case "discard":
        discard.run({ now, deliveryId });
        // What may have been used is nobody else's.
        if (!mayHaveArrived) releaseTokens(deliveryId, null);
        settleCarried(deliveryId, { ...SAID_BY_A_PERSON, state: "dead" }, now);
        return;
      default:
        action satisfies never;
    }
  };
}
