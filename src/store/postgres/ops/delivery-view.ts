import type { DeliveryState, Route } from "../../../core/delivery.ts";
import type { EarlierAttempt, TokenChoice } from "../../../core/route.ts";
import type { DeliveryKind } from "../../../core/slow-reply.ts";
import type { DeliveryView } from "../../store.ts";
import { type Key, keyOf, slotOf } from "../slot.ts";
import { IS_STOPPED, isBlocked, JOIN_ACCOUNT } from "./blocked.ts";
import type { Context } from "./context.ts";
import { prepareLoad } from "./load.ts";
import { prepareAddress } from "./peer-names.ts";
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
  deliver_by: number | null;
  window_ends_at: number | null;
  receipt_run: number | null;
  receipt_last_at: number | null;
  receipt_watched_at: number | null;
  delivery_kind: DeliveryKind;
}

interface SlowRow {
  ticket: string;
  ready_at: number | null;
  push_after_ms: number | null;
  has_button: boolean;
}

interface TokenRow {
  event_id: string;
  token: string;
  expires_at: number;
  state: "unused" | "claimed" | "spent";
  delivery_id: string | null;
  turn_id: string | null;
  turn_state: string | null;
}

interface AttemptRow {
  attempt: number;
  route: Route;
  token: string | null;
  started_at: number;
  outcome: string | null;
}

/**
 * The free answers that a delivery may have: those of its own turn; those that came without a turn; one that it has
 * claimed already, because a call on it certainly went nowhere; and those of the
 * conversation's newest turns, because a token lives a minute or so, and behind twenty later turns none is worth
 * looking for, however long the conversation has been.
 */
const TOKENS = `
  SELECT r.event_id, r.token, r.expires_at, r.state, r.delivery_id, r.turn_id, t.state AS turn_state
  FROM reply_token AS r LEFT JOIN turn AS t ON t.slot = r.slot AND t.turn_id = r.turn_id
  WHERE r.slot = $1 AND r.event_id IN (
      SELECT event_id FROM event WHERE slot = $1 AND turn_id = $2
      UNION ALL SELECT event_id FROM reply_token
        WHERE slot = $1 AND conversation_id = $3 AND state = 'unused' AND turn_id IS NULL
      UNION ALL SELECT event_id FROM reply_token WHERE slot = $1 AND delivery_id = $5
      UNION ALL SELECT e.event_id
        FROM (SELECT turn_id FROM turn WHERE slot = $1 AND conversation_id = $3 ORDER BY seq DESC LIMIT 20) AS newest
        JOIN event AS e ON e.slot = $1 AND e.turn_id = newest.turn_id)
    AND r.expires_at > $4
  ORDER BY r.expires_at, r.event_id`;

interface Look {
  readonly deliveryId: string;
  readonly unknownSince: number;
  readonly now: number;
}

/** What the send stage looks at to choose a road, read inside the transaction that will claim the delivery. */
export function prepareDeliveryView(context: Context) {
  const { db } = context;
  const messagesOf = prepareLoad(context);
  const addressOf = prepareAddress(context);
  const selectSendable = db.prepare<[...Key, number, number], DeliveryRow>(`
    SELECT d.delivery_id, d.turn_id, d.state, d.messages, d.attempts, d.due_at, d.created_at, d.deliver_by,
           d.kind AS delivery_kind, a.slow_until, a.receipt_run, a.receipt_last_at, a.receipt_watched_at,
           c.window_ends_at, ${CONVERSATION_COLUMNS}
    FROM delivery AS d ${JOIN_ACCOUNT}
    WHERE d.slot = $1 AND d.delivery_id = $2 AND d.state IN ('pending', 'unknown', 'parked') AND d.due_at IS NOT NULL
      AND NOT (${IS_STOPPED}) AND NOT ${isBlocked({ unknownSince: "$3", now: "$4" })}`);
  const { made: attemptsOf, earlier, claimedToken } = prepareEarlier(context);
  const tokens = prepareTokens(context);
  const slow = prepareSlow(context);

  async function view(row: DeliveryRow, now: number): Promise<DeliveryView> {
    const made = await attemptsOf(row.delivery_id);
    const attempts = made.map(toEarlier);
    // Also after a try on a free road that came to nothing.
    const isOutOfQuota = made.findLast(({ route }) => route !== "reply")?.outcome === "quota-exhausted";
    const bound = attempts.find((attempt) => attempt.outcome === "unknown");
    const { tapFirst, more, isPaidLater } = await slow(row);
    return {
      deliveryId: row.delivery_id,
      turnId: row.turn_id,
      conversation: toConversation(row),
      address: (await addressOf(row.conversation_id)) ?? row.peer_id,
      kind: row.delivery_kind,
      messages: await messagesOf(row.delivery_id, row.messages),
      more,
      now,
      road: {
        now,
        earlier: attempts,
        boundTokenExpiresAt: (await claimedToken(row.delivery_id, bound?.token ?? null))?.expires_at ?? null,
        tokens: await tokens(row, now),
        freeOnly: isOutOfQuota || (row.state === "parked" && !isPaidLater),
        tapFirst,
        windowEndsAt: row.window_ends_at,
      },
      receipts: {
        run: row.receipt_run ?? 0,
        lastAt: row.receipt_last_at,
        watchedSince: row.receipt_watched_at,
      },
    };
  }

  return {
    /** The free answers that a delivery without a turn could have now. */
    tokensOf: (conversationId: string, now: number) =>
      tokens({ turn_id: null, conversation_id: conversationId, delivery_id: "" }, now),
    sendable: ({ deliveryId, unknownSince, now }: Look) => selectSendable.get(...keyOf(deliveryId), unknownSince, now),
    view,
    /** The event that a token came with, if this delivery may have it. */
    eventOf: async (row: DeliveryRow, token: string, now: number) =>
      (await tokens(row, now)).find((choice) => choice.token === token)?.eventId ?? null,
    earlier,
    claimedToken,
  };
}

interface ClaimedToken {
  expires_at: number;
  lent_until: number;
}

/** What was tried before. Where a person has sent it on its way anew, an outcome before that binds nothing. */
function prepareEarlier({ db }: Context) {
  const selectAttempts = db.prepare<Key, AttemptRow>(`
    SELECT a.attempt, a.route, a.token, a.started_at, CASE WHEN a.attempt > d.begun_anew_after THEN a.outcome END AS outcome
    FROM attempt AS a JOIN delivery AS d USING (slot, delivery_id) WHERE a.slot = $1 AND a.delivery_id = $2
    ORDER BY a.attempt`);
  const selectToken = db.prepare<[...Key, string], ClaimedToken>(
    "SELECT expires_at, lent_until FROM reply_token WHERE slot = $1 AND delivery_id = $2 AND token = $3",
  );

  function made(deliveryId: string): Promise<AttemptRow[]> {
    return selectAttempts.all(...keyOf(deliveryId));
  }

  async function earlier(deliveryId: string): Promise<EarlierAttempt[]> {
    return (await made(deliveryId)).map(toEarlier);
  }

  /** The ends of a token, if this delivery has claimed it. */
  async function claimedToken(deliveryId: string, token: string | null): Promise<ClaimedToken | null> {
    return token === null ? null : ((await selectToken.get(...keyOf(deliveryId), token)) ?? null);
  }

  return { made, earlier, claimedToken };
}

function toEarlier({ attempt, route, token, started_at, outcome }: AttemptRow): EarlierAttempt {
  return { attempt, route, token, startedAt: started_at, outcome: outcome === "unknown" ? "unknown" : "sure" };
}

type OfferedChoice = TokenChoice & { readonly eventId: string };

function prepareTokens({ db }: Context) {
  const select = db.prepare<[number, string | null, string, number, string], TokenRow>(TOKENS);

  return async function tokens(
    row: Pick<DeliveryRow, "turn_id" | "conversation_id" | "delivery_id">,
    now: number,
  ): Promise<OfferedChoice[]> {
    const { turn_id: turnId, conversation_id: conversationId, delivery_id: deliveryId } = row;
    const rows = await select.all(slotOf(conversationId), turnId, conversationId, now, deliveryId);
    // One token may have come with two events: who has it with one of them has it with both.
    const taken = new Set(rows.filter((one) => (one.delivery_id ?? deliveryId) !== deliveryId).map((one) => one.token));
    return rows
      .filter((one) => one.state !== "spent" && !taken.has(one.token))
      .map((one) => ({
        eventId: one.event_id,
        token: one.token,
        expiresAt: one.expires_at,
        ownTurn: turnId !== null && one.turn_id === turnId,
        turnAnswered: !["collecting", "ready", "leased"].includes(one.turn_state ?? "none"),
      }));
  };
}

/**
 * Whether the person has a button to tap for this answer (of its own, or under an earlier part), and more than this
 * waits. An earlier part has none where another token was there for the rest, so its bytes are asked.
 */
function prepareSlow({ db }: Context) {
  const select = db.prepare<Key, SlowRow>(`
    SELECT s.ticket, s.ready_at, s.push_after_ms,
           EXISTS (SELECT 1 FROM delivery AS b
                   LEFT JOIN attempt AS a ON a.slot = b.slot AND a.delivery_id = b.delivery_id AND a.attempt = b.attempts
                   WHERE b.slot = s.slot AND b.turn_id = s.turn_id AND b.state = 'sent'
                     AND (b.kind = 'button'
                          OR (b.kind = 'answer' AND b.route = 'reply' AND strpos(a.body, s.ticket) > 0))) AS has_button
    FROM slow_reply AS s WHERE s.slot = $1 AND s.turn_id = $2 AND s.state = 'ready'`);
  const selectOutcome = db.prepare<[...Key, number], { outcome: string | null }>(
    "SELECT outcome FROM attempt WHERE slot = $1 AND delivery_id = $2 AND attempt = $3",
  );
  const selectMore = db.prepare<[...Key, string], { more: boolean }>(`
    SELECT EXISTS (SELECT 1 FROM delivery
                   WHERE slot = $1 AND turn_id = $2 AND kind = 'answer' AND delivery_id <> $3
                     AND carrier_id IS DISTINCT FROM $3 AND state IN ('pending', 'parked')) AS more`);

  return async function slow({ turn_id: turnId, delivery_id: deliveryId, delivery_kind: kind, attempts }: DeliveryRow) {
    const row = turnId === null || kind !== "answer" ? undefined : await select.get(...keyOf(turnId));
    if (turnId === null || row === undefined) return { tapFirst: null, more: null, isPaidLater: false };
    const more = (await selectMore.get(...keyOf(turnId), deliveryId))?.more === true ? row.ticket : null;
    // A button that may not have arrived is none: better paid for than never seen.
    if (!row.has_button) return { tapFirst: null, more, isPaidLater: false };
    const pushAt = row.push_after_ms === null ? null : (row.ready_at ?? 0) + row.push_after_ms;
    // It may be paid for when nobody taps, unless there was no quota for it before.
    const isPaidLater = (await selectOutcome.get(...keyOf(deliveryId), attempts))?.outcome !== "quota-exhausted";
    return { tapFirst: { pushAt }, more, isPaidLater };
  };
}
