import { type AttemptReport, type DeliveryState, type Route, type Settlement, settle } from "../../core/delivery.ts";
import {
  type AttemptFacts,
  aboutAttempt,
  type EffectiveReceipt,
  effectiveReceipt,
} from "../../core/effective-receipt.ts";
import { Fenced } from "../../core/errors.ts";
import type { SettleAttempt, Settled } from "../attempt.ts";
import { runTogether } from "../run-together.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { type AccountView, acceptTemplate, accountColumns, updateAccount } from "./parts/account-state.ts";
import { awaitReceipt } from "./parts/await-receipt.ts";
import { hasBundle, moveBundle } from "./parts/bundle.ts";
import { earlierAttempts } from "./parts/delivery-view.ts";
import { isOpen } from "./parts/open-delivery.ts";
import { watchForReceipt } from "./parts/receipt-flow.ts";
import { receiptsOf } from "./parts/receipt-rows.ts";
import { takeOutRefused } from "./parts/refused-messages.ts";
import { releaseTokens } from "./parts/release-tokens.ts";
import { recordSentMessages } from "./parts/sent-messages.ts";
import * as slowReply from "./parts/slow-reply.ts";
import * as window from "./parts/window.ts";

interface SendingRow extends AccountView {
  state: DeliveryState;
  conversation_id: string;
  started_at: number;
  first_started_at: number;
  await_delivered_ms: number;
  route: Route;
  token: string | null;
  /** Until when the platform guarantees the token, if this delivery has it. */
  guaranteed_until: number | null;
  /** 1: the message fits the account's own template. */
  has_window_template: number;
  is_open_again: number | null;
  media_failures: number;
  has_receipts: number;
  has_bundled: number;
  /** An answer of its conversation waits for a tap on its button. */
  has_button: number;
  /** Its conversation has other unsent deliveries. */
  has_next: number;
}

// The age of a delivery excludes the time for which its account was stopped, and the time before an operator's replay.
const SELECT_SENDING = statement<{ deliveryId: string; attempt: number }, SendingRow>(
  ({ indexedBy }) => `
  SELECT d.state, d.conversation_id, c.channel, c.account, a.route, a.token, a.started_at, a.await_delivered_ms,
         a.has_window_template, ${window.isOpenAgain("a")} AS is_open_again, ${mediaFailures("d")} AS media_failures,
         ${accountColumns("acc")},
         CASE WHEN d.attempts = 1 THEN a.started_at ELSE
         (SELECT min(started_at) FROM attempt AS counted
          WHERE counted.delivery_id = d.delivery_id AND counted.attempt > d.retry_baseline_attempt
            AND counted.attempt > coalesce(
              (SELECT max(attempt) FROM attempt AS stop
               WHERE stop.delivery_id = d.delivery_id AND stop.outcome = 'account-stopped'), 0)) END AS first_started_at,
         (SELECT r.guaranteed_until FROM reply_token AS r
          WHERE r.delivery_id = d.delivery_id AND r.token = a.token) AS guaranteed_until,
         EXISTS (SELECT 1 FROM receipt AS r WHERE r.delivery_id = d.delivery_id) AS has_receipts,
         ${hasBundle("d.delivery_id")} AS has_bundled, ${slowReply.hasReady("d.conversation_id")} AS has_button,
         EXISTS (SELECT 1 FROM delivery AS next ${indexedBy("delivery_open")}
                 WHERE next.conversation_id = d.conversation_id AND next.seq <> d.seq
                   AND ${isOpen("next")}) AS has_next
  FROM delivery AS d
  JOIN conversation AS c USING (conversation_id)
  JOIN attempt AS a ON a.delivery_id = d.delivery_id AND a.attempt = d.attempts
  LEFT JOIN account AS acc ON acc.channel = c.channel AND acc.account = c.account
  WHERE d.delivery_id = :deliveryId AND d.attempts = :attempt
    AND (d.state = 'sending' OR (d.state = 'unknown' AND a.outcome_missing = 1))`,
);

/** SQL: how many attempts of the delivery before the last one failed for its media. */
export function mediaFailures(delivery: string): string {
  return `CASE WHEN ${delivery}.attempts = 1 THEN 0 ELSE
         (SELECT count(*) FROM attempt AS media
          WHERE media.delivery_id = ${delivery}.delivery_id AND media.attempt > ${delivery}.retry_baseline_attempt
            AND media.attempt < ${delivery}.attempts AND media.outcome = 'media-failed') END`;
}

const SELECT_OUTCOME = statement<{ deliveryId: string; attempt: number }, { outcome: string }>(
  "SELECT outcome FROM attempt WHERE delivery_id = :deliveryId AND attempt = :attempt",
);

interface EndAttempt {
  deliveryId: string;
  attempt: number;
  now: number;
  outcome: string;
  reason: string | null;
  status: number | null;
  response: string | null;
  requestId: string | null;
  acceptedRequestId: string | null;
}

const END_ATTEMPT = statement<EndAttempt>(`
  UPDATE attempt SET ended_at = :now, outcome = :outcome, reason = :reason, status = :status, response = :response,
                     request_id = :requestId, accepted_request_id = :acceptedRequestId, outcome_missing = 0
  WHERE delivery_id = :deliveryId AND attempt = :attempt`);

interface MoveTo {
  deliveryId: string;
  from: DeliveryState;
  state: DeliveryState;
  dueAt: number | null;
  reason: string | null;
  evidence: string | null;
  messageIds: string | null;
  endedAt: number | null;
  stepsAside: number;
  now: number;
  /** How far the store's time is ahead of the wall clock, which a deadline is in. */
  aheadMs: number;
}

const MOVE = statement<MoveTo>(`
  UPDATE delivery SET state = CAST(:state AS TEXT), reason = :reason,
                      due_at = coalesce(:dueAt, CASE WHEN CAST(:state AS TEXT) = 'parked'
                                                     THEN deliver_by + CAST(:aheadMs AS BIGINT) END),
                      steps_aside = :stepsAside, evidence = :evidence, platform_message_ids = :messageIds, ended_at = :endedAt, state_since = :now,
                      unknown_since = CASE WHEN CAST(:state AS TEXT) = 'unknown' THEN coalesce(unknown_since, :now)
                                           ELSE unknown_since END,
                      parked_since = CASE WHEN CAST(:state AS TEXT) = 'parked' THEN coalesce(parked_since, :now)
                                          ELSE parked_since END,
                      discarded_at = CASE WHEN CAST(:state AS TEXT) = 'sent' THEN NULL ELSE discarded_at END,
                      owner = NULL, lease_expires_at = NULL
  WHERE delivery_id = :deliveryId AND state = :from`);

const SPEND_TOKEN = statement<{ deliveryId: string; token: string }>(
  "UPDATE reply_token SET state = 'spent' WHERE delivery_id = :deliveryId AND token = :token",
);

// Another delivery may have it next, and "invalid" must not be read as the acceptance of that one's call (decision 42).
const DOUBT_TOKEN = statement<{ deliveryId: string; token: string }>(
  "UPDATE reply_token SET guaranteed_until = 0 WHERE delivery_id = :deliveryId AND token = :token",
);

export async function settleAttempt(tx: Transaction, args: SettleAttempt): Promise<Settled> {
  const { deliveryId, attempt } = args;
  const row = await tx.get(SELECT_SENDING, { deliveryId, attempt });
  if (row === undefined) throw new Fenced(deliveryId, attempt);
  const now = tx.now();
  // Skips reads whose result is known to be empty.
  const [attempts, receipts] = await runTogether([
    attempt === 1 ? [] : earlierAttempts(tx, deliveryId),
    row.has_receipts === 0 ? [] : receiptsOf(tx, deliveryId),
  ]);
  const wasUnknown = attempts.some((one) => one.attempt < attempt && one.outcome === "unknown");
  const ownReceipt = effectiveReceipt(aboutAttempt(receipts, factsOf(args, row.started_at, wasUnknown)));
  const report = withFailureReceipt(args.report, ownReceipt);
  const { outcome } = report;
  const refused =
    outcome.kind === "refused" && !wasUnknown ? await takeOutRefused(tx, { deliveryId, now }, outcome) : null;
  const settlement = settle({
    outcome,
    othersRemain: refused !== null,
    earlierMediaFailures: row.media_failures,
    hasWindowTemplate: row.has_window_template === 1,
    isWindowOpenAgain: row.is_open_again === 1,
    route: row.route,
    attempts: attempt,
    firstAttemptAt: row.first_started_at,
    now,
    earlierMayBeAccepted: wasUnknown,
    receipt: effectiveReceipt(receipts).status,
    // While a step forward is doubted more time may have passed: then a refused token proves nothing.
    tokenGuaranteedUntil: tx.doubtedMs() > 0 ? null : row.guaranteed_until,
    retry: args.retry,
    random: args.random,
  });
  await runTogether([
    endAttempt(tx, { ...args, report }, now),
    moveDelivery(tx, deliveryId, { from: row.state, next: settlement, token: row.token, now }),
    recordSentMessages(tx, deliveryId, row.route, settlement.platformMessageIds),
  ]);
  const bundled = row.has_bundled === 1 ? await moveBundle(tx, deliveryId, settlement, { from: "unknown", now }) : 0;
  if (settlement.state === "sent") {
    if (row.await_delivered_ms > 0) await awaitReceipt(tx, deliveryId, ownReceipt.status, now);
    if (row.has_button === 1) await slowReply.sent(tx, row.conversation_id);
    await watchForReceipt(tx, { ...row, deliveryId, receipt: ownReceipt.status, now, waitMs: args.unknownWaitMs });
  }
  await window.close(tx, row.conversation_id, settlement, row.started_at);
  const entered = await hasEntered(tx, settlement.state, args, wasUnknown);
  const isOwnTemplate = row.route === "template" && row.has_window_template === 1;
  if (isOwnTemplate && settlement.state === "sent") await acceptTemplate(tx, row);
  const about = { deliveryId, outcome: report.outcome.kind, route: row.route, startedAt: row.started_at };
  const account = await updateAccount(tx, row, { ...about, settlement, random: args.random, now });
  return { settlement, bundled, refused: refused ?? [], entered, hasNext: row.has_next === 1, account };
}

function factsOf(
  { report: { outcome } }: SettleAttempt,
  startedAt: number,
  earlierMayBeAccepted: boolean,
): AttemptFacts {
  const messageIds = outcome.kind === "sent" ? outcome.platformMessageIds : [];
  return { messageIds, startedAt, earlierMayBeAccepted };
}

/** A failure receipt may overtake the answer to its own call, or be the only outcome where no answer comes. */
function withFailureReceipt(report: AttemptReport, { failure }: EffectiveReceipt): AttemptReport {
  const isOpen = report.outcome.kind === "sent" || report.outcome.kind === "unknown";
  return failure !== null && isOpen ? { ...report, outcome: failure } : report;
}

/** Characters of the platform's answer that are kept, for the operator. */
const RESPONSE_LIMIT = 500;

async function endAttempt(tx: Transaction, { deliveryId, attempt, report }: SettleAttempt, now: number): Promise<void> {
  const { outcome, status, requestId, acceptedRequestId }: AttemptReport = report;
  const reason = outcome.kind === "sent" ? null : outcome.reason;
  const response = report.response?.slice(0, RESPONSE_LIMIT) ?? null;
  const answer = { outcome: outcome.kind, reason, status, response, requestId, acceptedRequestId };
  await tx.run(END_ATTEMPT, { deliveryId, attempt, now, ...answer });
}

interface Move {
  /** Its state until now. */
  readonly from: DeliveryState;
  readonly next: Settlement;
  readonly token: string | null;
  readonly now: number;
}

/** Moves the delivery, and its token with it, to the next state. Shared by attempts, receipts and operator actions. */
export async function moveDelivery(
  tx: Transaction,
  deliveryId: string,
  { from, next, token, now }: Move,
): Promise<void> {
  const { state, dueAt, reason, evidence, platformMessageIds } = next;
  const messageIds = platformMessageIds.length === 0 ? null : JSON.stringify(platformMessageIds);
  const endedAt = state === "sent" || state === "dead" ? now : null;
  const stepsAside = next.stepsAside ? 1 : 0;
  const aheadMs = now - tx.wall();
  await runTogether([
    tx.run(MOVE, { deliveryId, from, state, dueAt, reason, evidence, messageIds, endedAt, stepsAside, now, aheadMs }),
    token !== null && next.tokenSpent ? tx.run(SPEND_TOKEN, { deliveryId, token }) : null,
    token !== null && next.tokenDoubtful ? tx.run(DOUBT_TOKEN, { deliveryId, token }) : null,
  ]);
  // A dead delivery was definitely not accepted: one that may have been never dies by itself.
  if (state === "dead") await releaseTokens(tx, deliveryId, null);
}

/** Whether the delivery was in another state before this attempt, for the counters. */
async function hasEntered(
  tx: Transaction,
  state: DeliveryState,
  { deliveryId, attempt }: SettleAttempt,
  wasUnknown: boolean,
): Promise<boolean> {
  if (state === "unknown") return !wasUnknown;
  if (state !== "parked") return state !== "pending";
  return (await tx.get(SELECT_OUTCOME, { deliveryId, attempt: attempt - 1 }))?.outcome !== "quota-exhausted";
}
