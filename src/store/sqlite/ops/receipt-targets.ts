import type { DeliveryState, Route } from "../../../core/delivery.ts";
import type { InboundReceipt } from "../../../core/inbound-receipt.ts";
import { conversationId as idOf } from "../../conversation-id.ts";
import type { Context } from "./context.ts";

/** A delivery that a receipt is about. */
export interface ReceiptTarget {
  delivery_id: string;
  state: DeliveryState;
  route: Route;
  attempts: number;
  platform_message_ids: string | null;
  channel: string;
  account: string;
  first_started_at: number;
  /** 1: an attempt before the last one may have been accepted. */
  earlier_unknown: number;
}

const COLUMNS = `
  d.delivery_id, d.state, d.route, d.attempts, d.platform_message_ids, c.channel, c.account,
  (SELECT min(started_at) FROM attempt AS a WHERE a.delivery_id = d.delivery_id) AS first_started_at,
  EXISTS (SELECT 1 FROM attempt AS a WHERE a.delivery_id = d.delivery_id AND a.attempt < d.attempts
                                                       AND a.attempt > d.begun_anew_after
                                       AND a.outcome = 'unknown') AS earlier_unknown`;

/** Of one conversation, a mark is about the newest messages: what lies behind so many was marked long ago. */
const MARK_REACH = 50;

/** The part of `noteReceipt` that finds the deliveries. A delivery without an attempt was never said. */
export function prepareReceiptTargets({ db }: Context) {
  const byDelivery = db.prepare<[string, string, string], ReceiptTarget>(`
    SELECT ${COLUMNS} FROM delivery AS d JOIN conversation AS c USING (conversation_id)
    WHERE d.delivery_id = ? AND c.channel = ? AND c.account = ? AND d.attempts > 0`);
  const byMessage = db.prepare<[string, string, string], ReceiptTarget>(`
    SELECT ${COLUMNS} FROM delivery AS d JOIN conversation AS c USING (conversation_id)
    WHERE d.platform_message_ids = ? AND d.platform_message_ids IS NOT NULL AND d.route IN ('session', 'template')
      AND c.channel = ? AND c.account = ?`);
  // The platform's own time of a message is on its receipt; before that comes, our time of the call must do.
  const byMark = db.prepare<[string, number], ReceiptTarget>(`
    SELECT ${COLUMNS} FROM delivery AS d JOIN conversation AS c USING (conversation_id)
    WHERE d.delivery_id IN (
        SELECT sent.delivery_id FROM delivery AS sent INDEXED BY delivery_sent_in_session
        WHERE sent.conversation_id = ? AND sent.state = 'sent' AND sent.route IN ('session', 'template')
        ORDER BY sent.seq DESC LIMIT ${MARK_REACH})
      AND coalesce((SELECT min(at) FROM receipt AS r WHERE r.delivery_id = d.delivery_id),
                   (SELECT max(started_at) FROM attempt AS a WHERE a.delivery_id = d.delivery_id)) <= ?
    ORDER BY d.seq`);

  return function targetsOf(receipt: InboundReceipt): ReceiptTarget[] {
    const { channel, account, deliveryId, platformMessageIds, watermark } = receipt;
    const named = deliveryId === null ? undefined : byDelivery.get(deliveryId, channel, account);
    if (named !== undefined) return [named];
    const found = platformMessageIds.flatMap((id) => byMessage.all(JSON.stringify([id]), channel, account));
    const marked = watermark === null ? [] : byMark.all(idOf(watermark.conversation), watermark.at);
    return [...new Map([...found, ...marked].map((target) => [target.delivery_id, target])).values()];
  };
}
