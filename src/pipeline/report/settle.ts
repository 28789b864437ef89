import type { AccountMove } from "../../core/account.ts";
import type { AttemptReport } from "../../core/delivery.ts";
import { ROUTE_REASONS } from "../../core/route-reason.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import type { Settled, StartedAttempt } from "../../store/attempt.ts";
import { reportRefused } from "./outbox.ts";

/** A platform call and its settlement: the settlement's states are the kinds of this outcome. */
export interface SettleOutcome {
  readonly attempt: Extract<StartedAttempt, { kind: "send" }>;
  /** The platform's answer, redacted. */
  readonly redacted: AttemptReport;
  readonly settled: Settled;
  readonly callMs: number;
}

export function reportSettle(watched: Telemetry & { readonly clock: Clock }) {
  return (outcome: SettleOutcome): void => {
    count(watched, outcome);
    measure(watched, outcome);
    writeLog(watched, outcome);
    const { attempt, settled } = outcome;
    reportRefused(watched, attempt.conversation, settled.refused, attempt.turnId);
    reportTemplateRefused(watched, attempt.conversation, settled.settlement.templateRefused);
  };
}

/** For the operator of the account: what became of it by an outcome. */
export function reportAccountMove(
  { log }: Pick<Telemetry, "log">,
  {
    channel,
    account,
    reason,
  }: { readonly channel: string; readonly account: string; readonly reason: string | undefined },
  move: AccountMove,
): void {
  if (move === "stopped") log.error({ channel, account, reason }, "account stopped: its deliveries wait");
  if (move === "working") log.info({ channel, account }, "account works again: what waited is sent");
  if (move === "slowdown-ended") log.info({ channel, account }, "account takes calls again: what waited is sent");
}

/** For the operator of the account: until the template is put right, every text after the window is parked. */
export function reportTemplateRefused(
  { log }: Pick<Telemetry, "log">,
  { channel, account }: { readonly channel: string; readonly account: string },
  reason: string | null,
): void {
  if (reason !== null)
    log.error({ channel, account, reason }, "the account's own template is refused: texts are parked");
}

function count({ metrics }: Pick<Telemetry, "metrics">, { attempt, redacted, settled }: SettleOutcome): void {
  const { settlement, entered, bundled } = settled;
  const { kind } = redacted.outcome;
  const { channel, account } = attempt.conversation;
  const labels = { channel, route: attempt.route };
  metrics.attempts.inc({ ...labels, outcome: kind, account });
  if (entered) metrics.deliveries.inc({ ...labels, outcome: settlement.state, account });
  metrics.deliveries.inc({ ...labels, outcome: settlement.state, account }, bundled);
}

/** End to end: from the turn's first event until the platform's answer; `undefined` without a turn. */
function wayMsOf({ attempt, callMs }: SettleOutcome): number | undefined {
  const { firstEventAt, startedAt } = attempt;
  return firstEventAt === null ? undefined : Math.max(0, startedAt - firstEventAt + callMs);
}

function measure({ metrics }: Pick<Telemetry, "metrics">, outcome: SettleOutcome): void {
  const { attempt, settled, callMs } = outcome;
  const labels = { channel: attempt.conversation.channel, account: attempt.conversation.account, route: attempt.route };
  const wayMs = wayMsOf(outcome);
  metrics.sendSeconds.observe(labels, callMs / 1_000);
  if (settled.settlement.state === "sent" && settled.entered && wayMs !== undefined) {
    metrics.answerSeconds.observe(labels, wayMs / 1_000);
  }
}

function writeLog({ log, clock }: Pick<Telemetry, "log"> & { readonly clock: Clock }, settle: SettleOutcome): void {
  const { attempt, redacted, settled, callMs } = settle;
  const { outcome } = redacted;
  const { state, evidence } = settled.settlement;
  const facts = {
    deliveryId: attempt.deliveryId,
    turnId: attempt.turnId,
    conversationId: attempt.conversation.conversationId,
    channel: attempt.conversation.channel,
    account: attempt.conversation.account,
    peer: attempt.conversation.peerId,
    attempt: attempt.attempt,
    route: attempt.route,
    why: ROUTE_REASONS[attempt.routeReason],
    outcome: outcome.kind,
    reason: outcome.kind === "sent" ? undefined : outcome.reason,
    state,
    evidence: evidence ?? undefined,
    status: redacted.status,
    requestId: redacted.requestId,
    acceptedRequestId: redacted.acceptedRequestId ?? undefined,
    callMs,
    // Since the person's last message, by the platform's clock.
    eventToReplyMs: attempt.newestEventAt === null ? undefined : attempt.startedAt - attempt.newestEventAt,
    sinceAnswerMs: clock.now() - attempt.createdAt,
    wayMs: state === "sent" ? wayMsOf(settle) : undefined,
    request: attempt.call.body,
    response: redacted.response,
  };
  const [level, message] = LINES[state];
  log[level](facts, message);
  reportAccountMove({ log }, facts, settled.account);
}

const LINES = {
  sent: ["info", "delivery sent"],
  pending: ["warn", "delivery not accepted: it will be tried again"],
  unknown: ["warn", "delivery unknown: it may have been accepted"],
  parked: ["warn", "delivery parked: it waits for a free route"],
  dead: ["error", "delivery dead: it waits for a person"],
} as const satisfies Record<Settled["settlement"]["state"], readonly [keyof Log, string]>;
