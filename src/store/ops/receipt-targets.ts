import type { DeliveryState, Route } from "../../core/delivery.ts";
import type { InboundReceipt } from "../../core/inbound-receipt.ts";
import { conversationId as idOf } from "../conversation-id.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { isOpenAgain } from "./parts/window.ts";
import { mediaFailures } from "./settle-attempt.ts";

/** A delivery that a receipt is about. */
export interface ReceiptTarget {
  delivery_id: string;
  turn_id: string | null;
  conversation_id: string;
  state: DeliveryState;
  route: Route;
  attempts: number;
  platform_message_ids: string | null;
  /** 1: retention has deleted its content. */
  content_deleted: number;
  channel: string;
  account: string;
  first_started_at: number;
  /** 1: an attempt before the last one may have been accepted. */
  earlier_unknown: number;
  /** Of the last attempt. */
  started_at: number;
  has_window_template: number;
  is_open_again: number | null;
  media_failures: number;
}

const SELECT = `
  SELECT d.delivery_id, d.turn_id, d.conversation_id, d.state, d.route, d.attempts, d.platform_message_ids, d.content_deleted,
         c.channel, c.account, last.started_at, last.has_window_template, ${isOpenAgain("last")} AS is_open_again,
         ${mediaFailures("d")} AS media_failures,
         (SELECT min(started_at) FROM attempt AS a WHERE a.delivery_id = d.delivery_id) AS first_started_at,
         EXISTS (SELECT 1 FROM attempt AS a
                 WHERE a.delivery_id = d.delivery_id AND a.attempt < d.attempts AND a.attempt > d.retry_baseline_attempt
                   AND a.outcome = 'unknown') AS earlier_unknown
  FROM delivery AS d JOIN conversation AS c ON c.conversation_id = d.conversation_id
  JOIN attempt AS last ON last.delivery_id = d.delivery_id AND last.attempt = d.attempts`;

const BY_DELIVERY = statement<{ deliveryId: string; channel: string; account: string }, ReceiptTarget>(`${SELECT}
  WHERE d.delivery_id = :deliveryId AND c.channel = :channel AND c.account = :account AND d.attempts > 0`);

const BY_MESSAGE = statement<{ messageIds: string; channel: string; account: string }, ReceiptTarget>(`${SELECT}
  WHERE d.platform_message_ids = :messageIds AND d.platform_message_ids IS NOT NULL
    AND d.route IN ('session', 'template') AND c.channel = :channel AND c.account = :account`);

/** Newest messages of a conversation that a watermark is applied to: older ones were covered before. */
const WATERMARK_REACH = 50;

// The platform's time of a message is on its receipt; without one the call's time is used.
const BY_WATERMARK = statement<{ conversationId: string; at: number }, ReceiptTarget>(
  ({ indexedBy }) => `${SELECT}
  WHERE d.delivery_id IN (
      SELECT sent.delivery_id FROM delivery AS sent ${indexedBy("delivery_sent_in_session")}
      WHERE sent.conversation_id = :conversationId AND sent.state = 'sent' AND sent.route IN ('session', 'template')
      ORDER BY sent.seq DESC LIMIT ${WATERMARK_REACH})
    AND coalesce((SELECT min(at) FROM receipt AS r WHERE r.delivery_id = d.delivery_id),
                 (SELECT max(started_at) FROM attempt AS a WHERE a.delivery_id = d.delivery_id)) <= :at
  ORDER BY d.seq`,
);

/** Part of `recordReceipt`: finds the deliveries. One without an attempt was never sent. */
export async function targetsOf(tx: Transaction, receipt: InboundReceipt): Promise<ReceiptTarget[]> {
  const { channel, account, deliveryId, platformMessageIds, watermark } = receipt;
  const named = deliveryId === null ? undefined : await tx.get(BY_DELIVERY, { deliveryId, channel, account });
  if (named !== undefined) return [named];
  const byMessage = (id: string) => tx.all(BY_MESSAGE, { messageIds: JSON.stringify([id]), channel, account });
  const [found, before] = await Promise.all([
    Promise.all(platformMessageIds.map(byMessage)),
    targetsBefore(tx, watermark),
  ]);
  return [...new Map([...found.flat(), ...before].map((target) => [target.delivery_id, target])).values()];
}

async function targetsBefore(tx: Transaction, watermark: InboundReceipt["watermark"]): Promise<ReceiptTarget[]> {
  if (watermark === null) return [];
  return await tx.all(BY_WATERMARK, { conversationId: idOf(watermark.conversation), at: watermark.at });
}
