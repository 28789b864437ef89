import type { AttemptReport } from "../core/delivery.ts";
import { textsOf, withoutEcho } from "../runtime/discretion.ts";
import type { Log } from "../runtime/log.ts";
import { untilAvailable } from "../runtime/until-available.ts";
import type { Settled, StartedAttempt } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { noteExhausted, noteSpent } from "./support/quota.ts";

type Sent = StartedAttempt & { readonly kind: "send" };

export interface Called {
  readonly report: AttemptReport;
  /** Why it went this way and not by a cheaper one. */
  readonly why: string;
  readonly callMs: number;
}

/** Writes down what the platform said, and what follows from it. */
export async function settle(
  deps: Deps,
  attempt: Sent,
  { report: given, why, callMs }: Called,
): Promise<Settled["settlement"]["state"]> {
  const report = discreet(deps, attempt, given);
  const result = await record(deps, attempt, report);
  count(deps, attempt, report, result);
  const { firstEventAt, startedAt } = attempt;
  const wayMs = firstEventAt === null ? undefined : Math.max(0, startedAt - firstEventAt + callMs);
  measure(deps, attempt, result, { callMs, wayMs });
  note(deps, attempt, { report, why, callMs }, result, wayMs);
  return result.settlement.state;
}

/** An error may quote what it is about: our headers, the message, the person. What is kept and shown has none of it. */
function discreet({ mask }: Deps, { call }: Sent, report: AttemptReport): AttemptReport {
  const { outcome } = report;
  return {
    ...report,
    outcome:
      outcome.kind === "sent"
        ? outcome
        : { ...outcome, reason: withoutEcho(mask(outcome.reason), [...textsOf(call.body), call.retryKey ?? ""]) },
    response: report.response === null ? null : mask(report.response),
  };
}

function measure(
  { metrics }: Deps,
  { conversation, route }: Sent,
  { settlement, entered }: Settled,
  { callMs, wayMs }: { readonly callMs: number; readonly wayMs: number | undefined },
): void {
  const labels = { channel: conversation.channel, account: conversation.account, route };
  metrics.sendSeconds.observe(labels, callMs / 1_000);
  if (settlement.state === "sent" && entered && wayMs !== undefined)
    metrics.answerSeconds.observe(labels, wayMs / 1_000);
}

function record(deps: Deps, attempt: Sent, report: AttemptReport): Promise<Settled> {
  const { store, chance, settings } = deps;
  // Without the platform's word the attempt would end as unknown.
  return untilAvailable(
    () =>
      store.settleAttempt({
        deliveryId: attempt.deliveryId,
        attempt: attempt.attempt,
        report,
        retry: settings.deliveryRetry,
        chance: chance.random(),
        receiptWaitMs: settings.unknownWaitMs,
      }),
    deps,
  );
}

function count(deps: Deps, attempt: Sent, report: AttemptReport, result: Settled): void {
  const { settlement, entered, carried } = result;
  const { metrics } = deps;
  const { channel, account } = attempt.conversation;
  const labels = { channel, route: attempt.route };
  metrics.attempts.inc({ ...labels, outcome: report.outcome.kind, account });
  if (entered) metrics.deliveries.inc({ ...labels, outcome: settlement.state, account });
  metrics.deliveries.inc({ ...labels, outcome: settlement.state, account }, carried);
  if (report.outcome.kind === "quota-exhausted") metrics.quotaExhausted.set({ account, channel }, 1);
  if (report.outcome.kind === "sent" && attempt.route !== "reply") metrics.quotaExhausted.set({ account, channel }, 0);
  if (report.outcome.kind === "quota-exhausted") noteExhausted(deps, attempt.conversation);
  if (report.outcome.kind === "sent" && attempt.route !== "reply") noteSpent(deps, attempt.conversation);
  if (settlement.stopAccount !== null) metrics.accountStopped.set({ account, channel }, 1);
  else if (report.outcome.kind === "sent") metrics.accountStopped.set({ account, channel }, 0);
}

function note(
  deps: Deps,
  attempt: Sent,
  { report, why, callMs }: Called,
  { settlement }: Settled,
  wayMs: number | undefined,
): void {
  const { outcome } = report;
  const facts = {
    deliveryId: attempt.deliveryId,
    turnId: attempt.turnId,
    conversationId: attempt.conversation.conversationId,
    channel: attempt.conversation.channel,
    account: attempt.conversation.account,
    peer: attempt.conversation.peerId,
    attempt: attempt.attempt,
    route: attempt.route,
    why,
    outcome: outcome.kind,
    reason: outcome.kind === "sent" ? undefined : outcome.reason,
    state: settlement.state,
    evidence: settlement.evidence ?? undefined,
    status: report.status,
    requestId: report.requestId,
    acceptedRequestId: report.acceptedRequestId ?? undefined,
    callMs,
    // From the person's last word, by the platform's clock.
    eventToReplyMs: attempt.newestEventAt === null ? undefined : attempt.startedAt - attempt.newestEventAt,
    sinceAnswerMs: deps.clock.now() - attempt.createdAt,
    wayMs: settlement.state === "sent" ? wayMs : undefined,
    request: attempt.call.body,
    response: report.response,
  };
  const [level, message] = LINES[settlement.state];
  deps.log[level](facts, message);
}

const LINES = {
  sent: ["info", "delivery sent"],
  pending: ["warn", "delivery not accepted: it will be tried again"],
  unknown: ["warn", "delivery unknown: it may have been accepted"],
  parked: ["warn", "delivery parked: it waits for a free road"],
  dead: ["error", "delivery dead: it waits for a person"],
} as const satisfies Record<Settled["settlement"]["state"], readonly [keyof Log, string]>;
