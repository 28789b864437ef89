import type { OperatorAction } from "../../../core/operator-action.ts";
import type { DeliveryItem } from "../../operator.ts";
import { RESENT_BY_A_PERSON, SAID_BY_A_PERSON } from "../../operator-subject.ts";
import { type Key, keyOf } from "../slot.ts";
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
  const beginAnew = db.prepare<[...Key, number, string | null]>(`
    UPDATE delivery SET state = 'pending', due_at = $3, reason = NULL, ended_at = NULL, state_since = $3,
                        carrier_id = NULL, begun_anew_after = attempts, unknown_since = NULL,
                        resent_because = coalesce($4::text, resent_because),
                        deliver_by = CASE WHEN deliver_by > $3 THEN deliver_by END
    WHERE slot = $1 AND delivery_id = $2`);
  const discard = db.prepare<[...Key, number]>(`
    UPDATE delivery SET state = 'dead', due_at = NULL, discarded_at = $3, ended_at = coalesce(ended_at, $3),
                        state_since = $3, carrier_id = NULL
    WHERE slot = $1 AND delivery_id = $2`);
  const lastToken = db.prepare<Key, { token: string | null }>(
    "SELECT token FROM attempt WHERE slot = $1 AND delivery_id = $2 ORDER BY attempt DESC LIMIT 1",
  );

  return async function operateDelivery(item: DeliveryItem, action: OperatorAction, now: number): Promise<void> {
    const { id: deliveryId, conversation, mayHaveArrived } = item;
    switch (action) {
      case "replay":
        await beginAnew.run(...keyOf(deliveryId), now, null);
        return;
      case "resend":
        await beginAnew.run(...keyOf(deliveryId), now, RESENT_BY_A_PERSON);
        return;
      case "sent":
        await move(deliveryId, {
          from: ["unknown"],
          next: SAID_BY_A_PERSON,
          token: (await lastToken.get(...keyOf(deliveryId)))?.token ?? null,
          now,
        });
        await settleCarried(deliveryId, SAID_BY_A_PERSON, now);
        await slowReply.sent(conversation.conversationId);
        return;
      case "discard":
        await discard.run(...keyOf(deliveryId), now);
        // What may have been used is nobody else's.
        if (!mayHaveArrived) await releaseTokens(deliveryId, null);
        await settleCarried(deliveryId, { ...SAID_BY_A_PERSON, state: "dead" }, now);
        return;
      default:
        action satisfies never;
    }
  };
}
