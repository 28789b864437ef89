import { type AttemptReport, type DeliveryState, type Settlement, settle } from "../../../core/delivery.ts";
import { Fenced } from "../../../core/errors.ts";
import type { SettleAttempt, Settled } from "../../store.ts";
import type { Context } from "./context.ts";
import { prepareDeliveryView } from "./delivery-view.ts";

interface SendingRow {
  channel: string;
  account: string;
  attempts: number;
  created_at: number;
}

interface AttemptRow {
  route: "reply" | "push" | "session" | "template";
  token: string | null;
  started_at: number;
}

/** A platform's answer is kept for the operator, not as an archive. */
const RESPONSE_LIMIT = 500;

export function prepareSettleAttempt(context: Context) {
  const { db, clock } = context;
  const { earlier, tokenEnd } = prepareDeliveryView(context);
  const selectSending = db.prepare<[string, number], SendingRow>(`
    SELECT d.attempts, d.created_at, c.channel, c.account
    FROM delivery AS d JOIN conversation AS c USING (conversation_id)
    WHERE d.delivery_id = ? AND d.attempts = ? AND d.state = 'sending'`);
  const selectAttempt = db.prepare<[string, number], AttemptRow>(
    "SELECT route, token, started_at FROM attempt WHERE delivery_id = ? AND attempt = ?",
  );
  const selectLastOutcome = db.prepare<[string, number], { outcome: string }>(
    "SELECT outcome FROM attempt WHERE delivery_id = ? AND attempt = ?",
  );
  const endAttempt = db.prepare(`
    UPDATE attempt SET ended_at = ?, outcome = ?, reason = ?, status = ?, response = ?, request_id = ?,
                       accepted_request_id = ?
    WHERE delivery_id = ? AND attempt = ?`);
  const move = db.prepare(`
    UPDATE delivery SET state = ?, due_at = ?, reason = ?, evidence = ?, platform_message_ids = ?, ended_at = ?,
                        state_since = ?, unknown_since = CASE WHEN ? = 'unknown' THEN coalesce(unknown_since, ?)
                                                              ELSE unknown_since END,
                        owner = NULL, lease_expires_at = NULL
    WHERE delivery_id = ?`);
  const spendToken = db.prepare<[string, string]>(
    "UPDATE reply_token SET state = 'spent' WHERE delivery_id = ? AND token = ?",
  );
  const slowAccount = db.prepare<[string, string, number]>(`
    INSERT INTO account (channel, account, slow_until) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET slow_until = max(slow_until, excluded.slow_until)`);
  const stopAccount = db.prepare<[string, string, string, number]>(`
    INSERT INTO account (channel, account, stopped_reason, stopped_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET stopped_reason = excluded.stopped_reason, stopped_at = excluded.stopped_at`);
  const moveCarried = db.prepare(`
    UPDATE delivery SET state = ?, evidence = ?, reason = ?, ended_at = ?, state_since = ?,
                        unknown_since = CASE WHEN ? = 'unknown' THEN ? ELSE unknown_since END
    WHERE carrier_id = ? AND state IN ('parked', 'unknown')`);
  const setDown = db.prepare<[string]>(
    "UPDATE delivery SET carrier_id = NULL WHERE carrier_id = ? AND state = 'parked'",
  );

  function recordAttempt(args: SettleAttempt, now: number): void {
    const { outcome, status, response, requestId, acceptedRequestId }: AttemptReport = args.report;
    const reason = outcome.kind === "sent" ? null : outcome.reason;
    const kept = response?.slice(0, RESPONSE_LIMIT) ?? null;
    endAttempt.run(
      now,
      outcome.kind,
      reason,
      status,
      kept,
      requestId,
      acceptedRequestId,
      args.deliveryId,
      args.attempt,
    );
  }

  /** What waited in front of this delivery goes where it goes, and is set down again where it certainly went nowhere. */
  function settleCarried(deliveryId: string, next: Settlement, now: number): void {
    if (next.state === "dead") setDown.run(deliveryId);
    if (next.state !== "sent" && next.state !== "unknown") return;
    const endedAt = next.state === "sent" ? now : null;
    moveCarried.run(next.state, next.evidence, next.reason, endedAt, now, next.state, now, deliveryId);
  }

  function apply(row: SendingRow, attempt: AttemptRow, deliveryId: string, next: Settlement, now: number): void {
    const ids = next.platformMessageIds.length === 0 ? null : JSON.stringify(next.platformMessageIds);
    const endedAt = next.state === "sent" || next.state === "dead" ? now : null;
    move.run(...[next.state, next.dueAt, next.reason, next.evidence, ids, endedAt, now, next.state, now, deliveryId]);
    if (attempt.token !== null && next.tokenSpent) spendToken.run(deliveryId, attempt.token);
    if (next.slowAccountUntil !== null) slowAccount.run(row.channel, row.account, next.slowAccountUntil);
    if (next.stopAccount !== null) stopAccount.run(row.channel, row.account, next.stopAccount, now);
    settleCarried(deliveryId, next, now);
  }

  /** Whether the delivery was in another state before this attempt: a counter counts it then, and only then. */
  function entered(state: DeliveryState, args: SettleAttempt, wasUnknown: boolean): boolean {
    if (state === "unknown") return !wasUnknown;
    if (state === "parked") {
      return selectLastOutcome.get(args.deliveryId, args.attempt - 1)?.outcome !== "quota-exhausted";
    }
    return state !== "pending";
  }

  return function settleAttempt(args: SettleAttempt): Settled {
    const row = selectSending.get(args.deliveryId, args.attempt);
    const attempt = selectAttempt.get(args.deliveryId, args.attempt);
    if (row === undefined || attempt === undefined) throw new Fenced(args.deliveryId, args.attempt);
    const now = clock.now();
    const wasUnknown = earlier(args.deliveryId).some((one) => one.attempt < args.attempt && one.outcome === "unknown");
    const settlement = settle({
      outcome: args.report.outcome,
      route: attempt.route,
      attempts: args.attempt,
      createdAt: row.created_at,
      now,
      earlierMayBeAccepted: wasUnknown,
      tokenExpiresAt: tokenEnd(args.deliveryId, attempt.token),
      attemptStartedAt: attempt.started_at,
      retry: args.retry,
      chance: args.chance,
    });
    recordAttempt(args, now);
    apply(row, attempt, args.deliveryId, settlement, now);
    return { settlement, entered: entered(settlement.state, args, wasUnknown) };
  };
}
