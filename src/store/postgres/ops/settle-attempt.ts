import { type AttemptReport, type DeliveryState, type Route, type Settlement, settle } from "../../../core/delivery.ts";
import { Fenced } from "../../../core/errors.ts";
import { type AttemptSaid, aboutAttempt, type ReceiptWord, wordOf } from "../../../core/receipt-word.ts";
import type { SettleAttempt, Settled } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import { prepareAccountState } from "./account-state.ts";
import { prepareAwaited } from "./awaited.ts";
import { prepareCarried, prepareTakeBack } from "./carried.ts";
import type { Context } from "./context.ts";
import { prepareDeliveryView } from "./delivery-view.ts";
import { prepareReceiptFlow } from "./receipt-flow.ts";
import { prepareReceiptWord } from "./receipt-word.ts";
import { prepareReleaseTokens } from "./release-tokens.ts";
import { prepareSlowReply } from "./slow-reply.ts";

interface SendingRow {
  conversation_id: string;
  channel: string;
  account: string;
  started_at: number;
  first_started_at: number;
  await_delivered_ms: number;
  route: Route;
  token: string | null;
}

/** The time that an account's stop took doesn't make its deliveries old; nor does what was before a person's word. */
const LAST_STOP = `greatest(d.begun_anew_after, coalesce(
  (SELECT max(attempt) FROM attempt AS stop
   WHERE stop.slot = $1 AND stop.delivery_id = d.delivery_id AND stop.outcome = 'account-stopped'), 0))`;

export function prepareSettleAttempt(context: Context) {
  const { db, clock } = context;
  const { earlier, claimedToken } = prepareDeliveryView(context);
  const settleCarried = prepareCarried(context);
  const takeBackCarried = prepareTakeBack(context);
  const awaited = prepareAwaited(context);
  const setAccount = prepareAccountState(context);
  const endAttempt = prepareEndAttempt(context);
  const move = prepareMove(context);
  const wordsOf = prepareReceiptWord(context);
  const { watch } = prepareReceiptFlow(context);
  const slowReply = prepareSlowReply(context);
  const selectSending = db.prepare<[...Key, number], SendingRow>(`
    SELECT d.conversation_id, c.channel, c.account, a.route, a.token, a.started_at, a.await_delivered_ms,
           (SELECT min(started_at) FROM attempt AS counted
            WHERE counted.slot = $1 AND counted.delivery_id = d.delivery_id AND counted.attempt > ${LAST_STOP}
           ) AS first_started_at
    FROM delivery AS d
    JOIN conversation AS c USING (slot, conversation_id)
    JOIN attempt AS a ON a.slot = d.slot AND a.delivery_id = d.delivery_id AND a.attempt = d.attempts
    WHERE d.slot = $1 AND d.delivery_id = $2 AND d.attempts = $3
      AND (d.state = 'sending' OR (d.state = 'unknown' AND a.no_word = 1))`);
  const selectOutcome = db.prepare<[...Key, number], { outcome: string }>(
    "SELECT outcome FROM attempt WHERE slot = $1 AND delivery_id = $2 AND attempt = $3",
  );

  /** Whether the delivery was in another state before this attempt: a counter counts it then, and only then. */
  async function entered(state: DeliveryState, args: SettleAttempt, wasUnknown: boolean): Promise<boolean> {
    if (state === "unknown") return !wasUnknown;
    if (state === "parked") {
      return (await selectOutcome.get(...keyOf(args.deliveryId), args.attempt - 1))?.outcome !== "quota-exhausted";
    }
    return state !== "pending";
  }

  return async function settleAttempt(args: SettleAttempt): Promise<Settled> {
    const { deliveryId, attempt } = args;
    const row = await selectSending.get(...keyOf(deliveryId), attempt);
    if (row === undefined) throw new Fenced(deliveryId, attempt);
    const now = clock.now();
    const wasUnknown = (await earlier(deliveryId)).some((one) => one.attempt < attempt && one.outcome === "unknown");
    const words = await wordsOf(deliveryId);
    const own = wordOf(aboutAttempt(words, saidOf(args, row.started_at, wasUnknown)));
    const report = heeding(args.report, own);
    const settlement = settle({
      outcome: report.outcome,
      route: row.route,
      attempts: attempt,
      firstAttemptAt: row.first_started_at,
      now,
      earlierMayBeAccepted: wasUnknown,
      receipt: wordOf(words).status,
      tokenLentUntil: (await claimedToken(deliveryId, row.token))?.lent_until ?? null,
      retry: args.retry,
      chance: args.chance,
    });
    await endAttempt({ ...args, report }, now);
    await move(deliveryId, { from: ["sending", "unknown"], next: settlement, token: row.token, now });
    await takeBackCarried(deliveryId, settlement, now, "unknown");
    const carried = await settleCarried(deliveryId, settlement, now);
    if (settlement.state === "sent") {
      if (row.await_delivered_ms > 0) await awaited.sent(deliveryId, own.status, now);
      await slowReply.sent(row.conversation_id);
      await watch({ ...row, deliveryId, receipt: own.status, now, waitMs: args.receiptWaitMs });
    }
    // The account's row is everybody's, and so comes last.
    await setAccount(row, settlement, now);
    return { settlement, carried, entered: await entered(settlement.state, args, wasUnknown) };
  };
}

function saidOf({ report: { outcome } }: SettleAttempt, startedAt: number, earlierMayBeAccepted: boolean): AttemptSaid {
  const messageIds = outcome.kind === "sent" ? outcome.platformMessageIds : [];
  return { messageIds, startedAt, earlierMayBeAccepted };
}

/** A receipt may overtake the answer to its own call, or be the only word where no answer comes. */
function heeding(report: AttemptReport, { failure }: ReceiptWord): AttemptReport {
  const isOpen = report.outcome.kind === "sent" || report.outcome.kind === "unknown";
  return failure !== null && isOpen ? { ...report, outcome: failure } : report;
}

/** A platform's answer is kept for the operator, not as an archive. */
const RESPONSE_LIMIT = 500;

function prepareEndAttempt({ db }: Context) {
  const statement = db.prepare<[...Key, ...unknown[]]>(`
    UPDATE attempt SET ended_at = $4, outcome = $5, reason = $6, status = $7, response = $8, request_id = $9,
                       accepted_request_id = $10, no_word = 0
    WHERE slot = $1 AND delivery_id = $2 AND attempt = $3`);

  return async function endAttempt({ deliveryId, attempt, report }: SettleAttempt, now: number): Promise<void> {
    const { outcome, status, response, requestId, acceptedRequestId }: AttemptReport = report;
    const reason = outcome.kind === "sent" ? null : outcome.reason;
    const kept = response?.slice(0, RESPONSE_LIMIT) ?? null;
    const said = [outcome.kind, reason, status, kept, requestId, acceptedRequestId];
    await statement.run(...keyOf(deliveryId), attempt, now, ...said);
  };
}

interface Move {
  /** What it was when it was read. */
  readonly from: readonly DeliveryState[];
  readonly next: Settlement;
  readonly token: string | null;
  readonly now: number;
}

export function prepareMove({ db }: Context) {
  const releaseTokens = prepareReleaseTokens({ db });
  const statement = db.prepare<[...Key, ...unknown[]]>(`
    UPDATE delivery SET state = $3,
                        due_at = coalesce($4, CASE WHEN $3 = 'parked' THEN deliver_by END), reason = $5, evidence = $6,
                        platform_message_ids = $7, ended_at = $8, state_since = $9,
                        unknown_since = CASE WHEN $3 = 'unknown' THEN coalesce(unknown_since, $9)
                                             ELSE unknown_since END,
                        parked_since = CASE WHEN $3 = 'parked' THEN coalesce(parked_since, $9)
                                            ELSE parked_since END,
                        owner = NULL, lease_expires_at = NULL
    WHERE slot = $1 AND delivery_id = $2 AND state = ANY ($10::text[])`);
  const spendToken = db.prepare<[...Key, string]>(
    "UPDATE reply_token SET state = 'spent' WHERE slot = $1 AND delivery_id = $2 AND token = $3",
  );

  return async function move(deliveryId: string, { from, next, token, now }: Move): Promise<void> {
    const { state, dueAt, reason, evidence, platformMessageIds } = next;
    const ids = platformMessageIds.length === 0 ? null : JSON.stringify(platformMessageIds);
    const endedAt = state === "sent" || state === "dead" ? now : null;
    await statement.run(...keyOf(deliveryId), state, dueAt, reason, evidence, ids, endedAt, now, from);
    if (token !== null && next.tokenSpent) await spendToken.run(...keyOf(deliveryId), token);
    // Nothing of it can have been accepted: a delivery that may have been never dies by itself.
    if (state === "dead") await releaseTokens(deliveryId, null);
  };
}
