import type { DeliveryState, Route } from "../../../core/delivery.ts";
import type { InboundReceipt } from "../../../core/inbound-receipt.ts";
import { conversationId as idOf } from "../../conversation-id.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

/** A delivery that a receipt is about. */
export interface ReceiptTarget {
  delivery_id: string;
  conversation_id: string;
  state: DeliveryState;
  route: Route;
  attempts: number;
  platform_message_ids: string | null;
  channel: string;
  account: string;
  first_started_at: number;
  /** An attempt before the last one may have been accepted. */
  earlier_unknown: boolean;
}

const SELECT = `
  SELECT d.delivery_id, d.conversation_id, d.state, d.route, d.attempts, d.platform_message_ids, c.channel, c.account,
         (SELECT min(started_at) FROM attempt AS a
          WHERE a.slot = d.slot AND a.delivery_id = d.delivery_id) AS first_started_at,
         EXISTS (SELECT 1 FROM attempt AS a
                 WHERE a.slot = d.slot AND a.delivery_id = d.delivery_id AND a.attempt < d.attempts
                   AND a.attempt > d.begun_anew_after
                   AND a.outcome = 'unknown') AS earlier_unknown
  FROM delivery AS d JOIN conversation AS c ON c.slot = d.slot AND c.conversation_id = d.conversation_id`;

/** Of one conversation, a mark is about the newest messages: what lies behind so many was marked long ago. */
const MARK_REACH = 50;

/** The part of `noteReceipt` that finds the deliveries. A delivery without an attempt was never said. */
export function prepareReceiptTargets({ db }: Context) {
  const byDelivery = db.prepare<[...Key, string, string], ReceiptTarget>(`${SELECT}
    WHERE d.slot = $1 AND d.delivery_id = $2 AND c.channel = $3 AND c.account = $4 AND d.attempts > 0`);
  // The platform's id of a message doesn't say whose it is: asked everywhere.
  const byMessage = db.prepare<[string, string, string], ReceiptTarget>(`${SELECT}
    WHERE d.platform_message_ids = $1 AND d.platform_message_ids IS NOT NULL AND d.route IN ('session', 'template')
      AND c.channel = $2 AND c.account = $3`);
  // The platform's own time of a message is on its receipt; before that comes, our time of the call must do.
  const byMark = db.prepare<[...Key, number], ReceiptTarget>(`${SELECT}
    WHERE d.slot = $1 AND d.delivery_id IN (
        SELECT sent.delivery_id FROM delivery AS sent
        WHERE sent.slot = $1 AND sent.conversation_id = $2 AND sent.state = 'sent'
          AND sent.route IN ('session', 'template')
        ORDER BY sent.seq DESC LIMIT ${MARK_REACH})
      AND coalesce((SELECT min(at) FROM receipt AS r WHERE r.slot = $1 AND r.delivery_id = d.delivery_id),
                   (SELECT max(started_at) FROM attempt AS a WHERE a.slot = $1 AND a.delivery_id = d.delivery_id)) <= $3
    ORDER BY d.seq`);

  return async function targetsOf(receipt: InboundReceipt): Promise<ReceiptTarget[]> {
    const { channel, account, deliveryId, platformMessageIds, watermark } = receipt;
    const named = deliveryId === null ? undefined : await byDelivery.get(...keyOf(deliveryId), channel, account);
    if (named !== undefined) return [named];
    const found: ReceiptTarget[] = [];
    for (const id of platformMessageIds) found.push(...(await byMessage.all(JSON.stringify([id]), channel, account)));
    if (watermark !== null) found.push(...(await byMark.all(...keyOf(idOf(watermark.conversation)), watermark.at)));
    return [...new Map(found.map((target) => [target.delivery_id, target])).values()];
  };
}
