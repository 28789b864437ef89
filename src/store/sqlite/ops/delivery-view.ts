import type { DeliveryState, Route } from "../../../core/delivery.ts";
import type { EarlierAttempt, TokenChoice } from "../../../core/route.ts";
import type { DeliveryView } from "../../store.ts";
import { IS_BLOCKED, IS_STOPPED, JOIN_ACCOUNT } from "./blocked.ts";
import type { Context } from "./context.ts";
import { prepareLoad } from "./load.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "./rows.ts";

export interface DeliveryRow extends ConversationRow {
  delivery_id: string;
  turn_id: string | null;
  state: DeliveryState;
  messages: string;
  attempts: number;
  due_at: number | null;
  slow_until: number | null;
  created_at: number;
}

interface TokenRow {
  token: string;
  expires_at: number;
  turn_id: string;
  turn_state: string;
}

interface AttemptRow {
  attempt: number;
  route: Route;
  token: string | null;
  started_at: number;
  outcome: string | null;
}

/**
 * SQL: the events of a conversation's newest turns. A token lives a minute or so; behind this many later turns none is
 * worth looking for, however long the conversation has been.
 */
export const RECENT_EVENTS = `
  SELECT e.event_id, newest.turn_id, newest.state AS turn_state
  FROM (SELECT turn_id, state FROM turn WHERE conversation_id = ? ORDER BY seq DESC LIMIT 20) AS newest
  JOIN event AS e ON e.turn_id = newest.turn_id`;

/** What the send stage looks at to choose a road, read inside the transaction that will claim the delivery. */
export function prepareDeliveryView(context: Context) {
  const { db } = context;
  const messagesOf = prepareLoad(context);
  const selectSendable = db.prepare<[{ deliveryId: string; unknownSince: number }], DeliveryRow>(`
    SELECT d.delivery_id, d.turn_id, d.state, d.messages, d.attempts, d.due_at, d.created_at, a.slow_until,
           ${CONVERSATION_COLUMNS}
    FROM delivery AS d ${JOIN_ACCOUNT}
    WHERE d.delivery_id = :deliveryId AND d.state IN ('pending', 'unknown', 'parked') AND d.due_at IS NOT NULL
      AND NOT (${IS_STOPPED}) AND NOT ${IS_BLOCKED}`);
  const selectAttempts = db.prepare<[string], AttemptRow>(
    "SELECT attempt, route, token, started_at, outcome FROM attempt WHERE delivery_id = ? ORDER BY attempt",
  );
  const selectTokens = db.prepare<[string, number, string], TokenRow>(`
    SELECT r.token, r.expires_at, e.turn_id, e.turn_state
    FROM (${RECENT_EVENTS}) AS e JOIN reply_token AS r ON r.event_id = e.event_id
    WHERE r.expires_at > ? AND (r.state = 'unused' OR (r.state = 'claimed' AND r.delivery_id = ?))`);
  const selectTokenEnd = db.prepare<[string, string], { expires_at: number }>(
    "SELECT expires_at FROM reply_token WHERE delivery_id = ? AND token = ?",
  );

  function tokens(row: DeliveryRow, now: number): TokenChoice[] {
    return selectTokens.all(row.conversation_id, now, row.delivery_id).map((token) => ({
      token: token.token,
      expiresAt: token.expires_at,
      ownTurn: token.turn_id === row.turn_id,
      turnAnswered: !["collecting", "ready", "leased"].includes(token.turn_state),
    }));
  }

  function earlier(deliveryId: string): EarlierAttempt[] {
    return selectAttempts.all(deliveryId).map((attempt) => ({
      attempt: attempt.attempt,
      route: attempt.route,
      token: attempt.token,
      startedAt: attempt.started_at,
      outcome: attempt.outcome === "unknown" ? "unknown" : "sure",
    }));
  }

  /** When a token that this delivery has claimed dies. */
  function tokenEnd(deliveryId: string, token: string | null): number | null {
    return token === null ? null : (selectTokenEnd.get(deliveryId, token)?.expires_at ?? null);
  }

  function view(row: DeliveryRow, now: number): DeliveryView {
    const attempts = earlier(row.delivery_id);
    const bound = attempts.find((attempt) => attempt.outcome === "unknown");
    return {
      deliveryId: row.delivery_id,
      turnId: row.turn_id,
      conversation: toConversation(row),
      messages: messagesOf(row.delivery_id, row.messages),
      now,
      road: {
        now,
        earlier: attempts,
        boundTokenExpiresAt: tokenEnd(row.delivery_id, bound?.token ?? null),
        tokens: tokens(row, now),
        freeOnly: row.state === "parked",
      },
    };
  }

  return {
    sendable: (deliveryId: string, unknownSince: number) => selectSendable.get({ deliveryId, unknownSince }),
    view,
    earlier,
    tokenEnd,
  };
}
