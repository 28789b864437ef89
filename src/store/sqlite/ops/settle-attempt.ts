import { type AttemptReport, type DeliveryState, type Route, type Settlement, settle } from "../../../core/delivery.ts";
import { Fenced } from "../../../core/errors.ts";
import { type AttemptSaid, aboutAttempt, type ReceiptWord, wordOf } from "../../../core/receipt-word.ts";
import type { SettleAttempt, Settled } from "../../store.ts";
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
const LAST_STOP = `max(d.begun_anew_after, coalesce(
  (SELECT max(attempt) FROM attempt AS stop
   WHERE stop.delivery_id = d.delivery_id AND stop.outcome = 'account-stopped'), 0))`;

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
  const selectSending = db.prepare<[string, number], SendingRow>(`
    SELECT d.conversation_id, c.channel, c.account, a.route, a.token, a.started_at, a.await_delivered_ms,
           (SELECT min(started_at) FROM attempt AS counted
            WHERE counted.delivery_id = d.delivery_id AND counted.attempt > ${LAST_STOP}) AS first_started_at
    FROM delivery AS d
    JOIN conversation AS c USING (conversation_id)
    JOIN attempt AS a ON a.delivery_id = d.delivery_id AND a.attempt = d.attempts
    WHERE d.delivery_id = ? AND d.attempts = ?
      AND (d.state = 'sending' OR (d.state = 'unknown' AND a.no_word = 1))`);
  const selectOutcome = db.prepare<[string, number], { outcome: string }>(
    "SELECT outcome FROM attempt WHERE delivery_id = ? AND attempt = ?",
  );

  /** Whether the delivery was in another state before this attempt: a counter counts it then, and only then. */
  function entered(state: DeliveryState, args: SettleAttempt, wasUnknown: boolean): boolean {
    if (state === "unknown") return !wasUnknown;
    if (state === "parked") return selectOutcome.get(args.deliveryId, args.attempt - 1)?.outcome !== "quota-exhausted";
    return state !== "pending";
  }

  return function settleAttempt(args: SettleAttempt): Settled {
    const { deliveryId, attempt } = args;
    const row = selectSending.get(deliveryId, attempt);
    if (row === undefined) throw new Fenced(deliveryId, attempt);
    const now = clock.now();
    const wasUnknown = earlier(deliveryId).some((one) => one.attempt < attempt && one.outcome === "unknown");
    const words = wordsOf(deliveryId);
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
      tokenLentUntil: claimedToken(deliveryId, row.token)?.lent_until ?? null,
      retry: args.retry,
      chance: args.chance,
    });
    endAttempt({ ...args, report }, now);
    move(deliveryId, settlement, row.token, now);
    setAccount(row, settlement, now);
    if (settlement.state === "sent" && row.await_delivered_ms > 0) awaited.sent(deliveryId, own.status, now);
    if (settlement.state === "sent")
      watch({ ...row, deliveryId, receipt: own.status, now, waitMs: args.receiptWaitMs });
    takeBackCarried(deliveryId, settlement, now, "unknown");
    const carried = settleCarried(deliveryId, settlement, now);
    if (settlement.state === "sent") slowReply.sent(row.conversation_id);
    return { settlement, carried, entered: entered(settlement.state, args, wasUnknown) };
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
  const statement = db.prepare(`
    UPDATE attempt SET ended_at = ?, outcome = ?, reason = ?, status = ?, response = ?, request_id = ?,
                       accepted_request_id = ?, no_word = 0
    WHERE delivery_id = ? AND attempt = ?`);

  return function endAttempt({ deliveryId, attempt, report }: SettleAttempt, now: number): void {
    const { outcome, status, response, requestId, acceptedRequestId }: AttemptReport = report;
    const reason = outcome.kind === "sent" ? null : outcome.reason;
    const kept = response?.slice(0, RESPONSE_LIMIT) ?? null;
    statement.run(now, outcome.kind, reason, status, kept, requestId, acceptedRequestId, deliveryId, attempt);
  };
}

export function prepareMove({ db }: Context) {
  const releaseTokens = prepareReleaseTokens({ db });
  const statement = db.prepare(`
    UPDATE delivery SET state = :state,
                        due_at = coalesce(:dueAt, CASE WHEN :state = 'parked' THEN deliver_by END), reason = :reason, evidence = :evidence,
                        platform_message_ids = :ids, ended_at = :endedAt, state_since = :now,
                        unknown_since = CASE WHEN :state = 'unknown' THEN coalesce(unknown_since, :now)
                                             ELSE unknown_since END,
                        parked_since = CASE WHEN :state = 'parked' THEN coalesce(parked_since, :now)
                                            ELSE parked_since END,
                        owner = NULL, lease_expires_at = NULL
    WHERE delivery_id = :deliveryId`);
  const spendToken = db.prepare<[string, string]>(
    "UPDATE reply_token SET state = 'spent' WHERE delivery_id = ? AND token = ?",
  );

  return function move(deliveryId: string, next: Settlement, token: string | null, now: number): void {
    const { state, dueAt, reason, evidence, platformMessageIds } = next;
    const ids = platformMessageIds.length === 0 ? null : JSON.stringify(platformMessageIds);
    const endedAt = state === "sent" || state === "dead" ? now : null;
    statement.run({ state, dueAt, reason, evidence, ids, endedAt, now, deliveryId });
    if (token !== null && next.tokenSpent) spendToken.run(deliveryId, token);
    // Nothing of it can have been accepted: a delivery that may have been never dies by itself.
    if (state === "dead") releaseTokens(deliveryId, null);
  };
}
