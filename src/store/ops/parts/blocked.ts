import type { Dialect } from "../../dialect.ts";
import { isOpen } from "./open-delivery.ts";

/**
 * SQL: the delivery `d` must wait for another of its conversation, with the parameters `:unknownSince` and `:now`.
 *
 * Deliveries of a conversation are sent in order, and one that waits for its next try keeps its place, unless it steps aside
 * (`settle` in `core/delivery.ts` says which): then the next answer goes first, the parts of its own stay behind it, and it
 * goes when no other answer is due. Unknown, parked and dead ones don't block, with two exceptions, each for a bounded time:
 * an unknown one that is due goes first, as after a crash; and the parts of one answer stay in order while an unknown part is
 * still being tried again. A sent one may block until its receipt.
 */
export function isBlocked(dialect: Dialect): string {
  const { indexedBy } = dialect;
  return `(
  ${isCalling("d.conversation_id")}
  OR EXISTS (SELECT 1 FROM delivery AS first ${indexedBy("delivery_open")}
    WHERE first.conversation_id = d.conversation_id AND first.seq < d.seq
      AND ${isOpen("first")}
      AND ((first.state = 'pending' AND (first.turn_id = d.turn_id OR NOT ${stepsAside("first", dialect)}))
        OR (first.state = 'unknown' AND first.due_at IS NOT NULL AND first.unknown_since > :unknownSince
            AND (first.due_at <= :now OR first.turn_id IS NOT DISTINCT FROM d.turn_id))))
  OR (d.state = 'pending' AND d.steps_aside = 1 AND EXISTS (
    SELECT 1 FROM delivery AS other ${indexedBy("delivery_open")}
    WHERE other.conversation_id = d.conversation_id AND other.seq > d.seq
      AND ${isOpen("other")} AND other.state = 'pending' AND other.due_at <= :now
      AND NOT coalesce(other.turn_id = d.turn_id, FALSE) AND NOT ${stepsAside("other", dialect)}))
  OR ${isArriving("d.conversation_id", dialect)})`;
}

/** SQL: the pending delivery steps aside, or an earlier part of its answer does, behind which it stays. */
function stepsAside(delivery: string, { indexedBy }: Dialect): string {
  return `(${delivery}.steps_aside = 1
    OR EXISTS (SELECT 1 FROM delivery AS earlier ${indexedBy("delivery_open")}
      WHERE earlier.conversation_id = ${delivery}.conversation_id AND earlier.seq < ${delivery}.seq AND ${isOpen("earlier")}
        AND earlier.state = 'pending' AND earlier.turn_id = ${delivery}.turn_id AND earlier.steps_aside = 1))`;
}

/** SQL: a delivery of the conversation is being sent. */
export function isCalling(conversationId: string): string {
  return `EXISTS (SELECT 1 FROM delivery AS busy WHERE busy.conversation_id = ${conversationId} AND busy.state = 'sending')`;
}

/** SQL: a sent delivery of the conversation is awaited, with the parameter `:now`. */
export function isArriving(conversationId: string, { indexedBy }: Dialect): string {
  return `EXISTS (SELECT 1 FROM delivery AS arriving ${indexedBy("delivery_awaited")}
    WHERE arriving.conversation_id = ${conversationId} AND arriving.awaited_until > :now)`;
}

/** SQL: the account, joined as `a`, is stopped. */
export const IS_STOPPED = "coalesce(a.status, 'working') = 'stopped'";

/** SQL: the account, joined as `a`, is stopped, or resumes with one delivery at a time. */
export const WAITS_FOR_ACCOUNT = "coalesce(a.status, 'working') <> 'working'";

export const JOIN_ACCOUNT = `
  JOIN conversation AS c ON c.conversation_id = d.conversation_id
  LEFT JOIN account AS a ON a.channel = c.channel AND a.account = c.account`;
