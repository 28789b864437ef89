import type { AccountStatus } from "../../../core/account.ts";
import type { DeliveryState, Route } from "../../../core/delivery.ts";
import type { ReplyTokenState } from "../../../core/reply-token.ts";
import type { EarlierAttempt, TokenChoice } from "../../../core/route.ts";
import type { DeliveryKind } from "../../../core/slow-reply.ts";
import type { DeliveryView } from "../../attempt.ts";
import { CONVERSATION_COLUMNS, type ConversationRow, toConversation } from "../../rows.ts";
import { runTogether } from "../../run-together.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { IS_STOPPED, isArriving, isBlocked, isCalling, JOIN_ACCOUNT, WAITS_FOR_ACCOUNT } from "./blocked.ts";
import { bundledMessages, hasBundle } from "./bundle.ts";
import { isOpen } from "./open-delivery.ts";
import { addressOf } from "./peer-ids.ts";
import { buttonFor, isReady, NO_BUTTON } from "./slow-reply.ts";

// The input of the route decision, read inside the transaction that claims the delivery.

export interface DeliveryRow extends ConversationRow {
  delivery_id: string;
  turn_id: string | null;
  state: DeliveryState;
  messages: string;
  attempts: number;
  due_at: number | null;
  account_status: AccountStatus | null;
  slow_until: number | null;
  created_at: number;
  deliver_by: number | null;
  window_ends_at: number | null;
  receipt_run: number | null;
  receipt_last_at: number | null;
  receipt_watched_at: number | null;
  delivery_kind: DeliveryKind;
  address: string | null;
  is_replayed: number;
  has_bundled: number;
  /** Its turn's answer waits for a tap. */
  has_button: number;
  newest_event_at: number | null;
  first_event_at: number | null;
}

interface TokenRow {
  event_id: string;
  token: string;
  expires_at: number;
  state: ReplyTokenState;
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

interface Sendable {
  readonly deliveryId: string;
  readonly unknownSince: number;
  readonly now: number;
}

/** Of the conversation `c` and its account `a`. */
const SHARED_COLUMNS = `a.status AS account_status, a.slow_until, a.receipt_run, a.receipt_last_at, a.receipt_watched_at, c.window_ends_at,
         ${CONVERSATION_COLUMNS}`;

const eventTimes = (turnId: string) => `
         (SELECT max(sent_at) FROM event WHERE turn_id = ${turnId} AND state = 'accepted') AS newest_event_at,
         (SELECT min(received_at) FROM event WHERE turn_id = ${turnId} AND state = 'accepted') AS first_event_at`;

const SELECT_SENDABLE = statement<Sendable, DeliveryRow>(
  (dialect) => `
  SELECT d.delivery_id, d.turn_id, d.state, d.messages, d.attempts, d.due_at, d.created_at, d.deliver_by,
         d.kind AS delivery_kind, ${SHARED_COLUMNS},
         ${addressOf("d.conversation_id")} AS address,
         EXISTS (SELECT 1 FROM operator_action AS o
                 WHERE o.item_id = d.delivery_id AND o.action IN ('replay', 'resend')) AS is_replayed,
         ${hasBundle("d.delivery_id")} AS has_bundled, ${isReady("d.turn_id")} AS has_button,
         ${eventTimes("d.turn_id")}
  FROM delivery AS d ${JOIN_ACCOUNT}
  WHERE d.delivery_id = :deliveryId AND ${isOpen("d")} AND d.due_at IS NOT NULL
    AND NOT (${IS_STOPPED}) AND NOT ${isBlocked(dialect)}`,
);

type NewRow = Pick<
  DeliveryRow,
  | keyof ConversationRow
  | "account_status"
  | "slow_until"
  | "receipt_run"
  | "receipt_last_at"
  | "receipt_watched_at"
  | "window_ends_at"
  | "address"
  | "newest_event_at"
  | "first_event_at"
>;

/** What a new answer shares with its conversation, account and turn. The caller knows that no unsent delivery goes first. */
const SELECT_NEW = statement<{ conversationId: string; turnId: string; now: number }, NewRow>(
  (dialect) => `
  SELECT ${SHARED_COLUMNS}, ${addressOf("c.conversation_id")} AS address, ${eventTimes(":turnId")}
  FROM conversation AS c LEFT JOIN account AS a ON a.channel = c.channel AND a.account = c.account
  WHERE c.conversation_id = :conversationId AND NOT (${WAITS_FOR_ACCOUNT})
    AND NOT ${isCalling("c.conversation_id")} AND NOT ${isArriving("c.conversation_id", dialect)}`,
);

// After an operator's replay or resend earlier outcomes don't bind.
const SELECT_ATTEMPTS = statement<{ deliveryId: string }, AttemptRow>(`
  SELECT a.attempt, a.route, a.token, a.started_at, CASE WHEN a.attempt > d.retry_baseline_attempt THEN a.outcome END AS outcome
  FROM attempt AS a JOIN delivery AS d USING (delivery_id) WHERE a.delivery_id = :deliveryId ORDER BY a.attempt`);

const SELECT_CLAIMED_TOKEN = statement<{ deliveryId: string; token: string }, { expires_at: number }>(
  "SELECT expires_at FROM reply_token WHERE delivery_id = :deliveryId AND token = :token",
);

/** The conversation's reply tokens that still live: a token lives about a minute, so they are few. */
const SELECT_TOKENS = statement<{ conversationId: string; now: number }, TokenRow>(
  ({ indexedBy }) => `
  SELECT r.event_id, r.token, r.expires_at, r.state, r.delivery_id, r.turn_id, t.state AS turn_state
  FROM reply_token AS r ${indexedBy("reply_token_of_conversation")} LEFT JOIN turn AS t ON t.turn_id = r.turn_id
  WHERE r.conversation_id = :conversationId AND r.expires_at > :now
  ORDER BY r.expires_at, r.event_id`,
);

export function selectSendable(tx: Transaction, query: Sendable): Promise<DeliveryRow | undefined> {
  return tx.get(SELECT_SENDABLE, query);
}

interface NewAnswer {
  readonly deliveryId: string;
  readonly turnId: string;
  readonly conversationId: string;
  /** As JSON. */
  readonly messages: string;
}

/** An answer as a row before it is inserted, with its view; `null`: it can't be sent now. */
export async function readNewView(tx: Transaction, answer: NewAnswer, now: number) {
  const { deliveryId, turnId, conversationId, messages } = answer;
  const reader = { turn_id: turnId, conversation_id: conversationId, delivery_id: deliveryId };
  const [known, tokens] = await runTogether([
    tx.get(SELECT_NEW, { conversationId, turnId, now }),
    selectTokens(tx, reader, now),
  ]);
  if (known === undefined || (known.slow_until ?? 0) > now) return null;
  const row: DeliveryRow = {
    ...known,
    ...NEVER_TRIED,
    delivery_id: deliveryId,
    turn_id: turnId,
    messages,
    due_at: now,
    created_at: now,
  };
  return { row, ...(await readView(tx, row, now, tokens)) };
}

const NEVER_TRIED = {
  delivery_kind: "answer",
  state: "pending",
  attempts: 0,
  deliver_by: null,
  is_replayed: 0,
  has_bundled: 0,
  has_button: 0,
} as const;

/** The view, and its tokens with the events that they came with. Skips reads whose result is known to be empty. */
export async function readView(
  tx: Transaction,
  row: DeliveryRow,
  now: number,
  tokens: EventTokenChoice[] | Promise<EventTokenChoice[]> = selectTokens(tx, row, now),
): Promise<{ readonly delivery: DeliveryView; readonly tokens: readonly EventTokenChoice[] }> {
  const { delivery_id: deliveryId } = row;
  const [made, bundled, free, { buttonFirst, more }] = await runTogether([
    row.attempts === 0 ? [] : attemptsOf(tx, deliveryId),
    row.has_bundled === 0 ? [] : bundledMessages(tx, deliveryId),
    tokens,
    row.has_button === 0 ? NO_BUTTON : buttonFor(tx, row),
  ]);
  const attempts = made.map(toEarlier);
  // Also after a failed attempt on a free route.
  const isOutOfQuota = made.findLast(({ route }) => route !== "reply")?.outcome === "quota-exhausted";
  const token = attempts.find((attempt) => attempt.outcome === "unknown")?.token ?? null;
  const bound = token === null ? undefined : await tx.get(SELECT_CLAIMED_TOKEN, { deliveryId, token });
  const delivery = {
    deliveryId,
    turnId: row.turn_id,
    conversation: toConversation(row),
    address: row.address ?? row.peer_id,
    kind: row.delivery_kind,
    messages: [...bundled, ...(JSON.parse(row.messages) as unknown[])],
    isReplayed: row.is_replayed === 1,
    more,
    now,
    routeInput: {
      now,
      earlier: attempts,
      boundTokenExpiresAt: bound?.expires_at ?? null,
      tokens: free,
      // One that is parked for a tap may be pushed when the button isn't tapped.
      freeOnly: isOutOfQuota || (row.state === "parked" && buttonFirst === null),
      buttonFirst,
      windowEndsAt: inStoreTime(tx, row.window_ends_at, now),
    },
    receipts: {
      run: row.receipt_run ?? 0,
      lastAt: row.receipt_last_at,
      watchedSince: row.receipt_watched_at,
    },
  };
  return { delivery, tokens: free };
}

/** A time by the platform's clock, which the store's may be ahead of. */
export function inStoreTime(tx: Transaction, wallTime: number | null, now: number): number | null {
  return wallTime === null ? null : wallTime + now - tx.wall();
}

/** Reply tokens that a delivery without a turn may use now. */
export function tokensWithoutTurn(tx: Transaction, conversationId: string, now: number): Promise<EventTokenChoice[]> {
  return selectTokens(tx, { turn_id: null, conversation_id: conversationId, delivery_id: "" }, now);
}

export async function earlierAttempts(tx: Transaction, deliveryId: string): Promise<EarlierAttempt[]> {
  return (await attemptsOf(tx, deliveryId)).map(toEarlier);
}

function attemptsOf(tx: Transaction, deliveryId: string): Promise<AttemptRow[]> {
  return tx.all(SELECT_ATTEMPTS, { deliveryId });
}

function toEarlier({ attempt, route, token, started_at, outcome }: AttemptRow): EarlierAttempt {
  return { attempt, route, token, startedAt: started_at, outcome: outcome === "unknown" ? "unknown" : "not-accepted" };
}

export type EventTokenChoice = TokenChoice & { readonly eventId: string };

async function selectTokens(
  tx: Transaction,
  row: Pick<DeliveryRow, "turn_id" | "conversation_id" | "delivery_id">,
  now: number,
): Promise<EventTokenChoice[]> {
  const { turn_id: turnId, conversation_id: conversationId, delivery_id: deliveryId } = row;
  const rows = await tx.all(SELECT_TOKENS, { conversationId, now });
  // One token may have come with two events: a claim of one is a claim of both.
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
}
