import type { AttemptReport } from "../core/delivery.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../runtime/log.ts";
import { untilAvailable } from "../runtime/until-available.ts";
import type { Settled, StartedAttempt } from "../store/store.ts";
import { noteExhausted, noteSpent } from "./quota.ts";

type Sent = StartedAttempt & { readonly kind: "send" };

/** Writes down what the platform said, and what follows from it. */
export async function settle(deps: Deps, attempt: Sent, report: AttemptReport, why: string): Promise<void> {
  const result = await record(deps, attempt, report);
  count(deps, attempt, report, result);
  note(deps, attempt, report, result, why);
}

function record(deps: Deps, attempt: Sent, report: AttemptReport): Promise<Settled> {
  const { store, chance, settings } = deps;
  const { channel, account } = attempt.conversation;
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
        awaitDeliveredMs: deps.channels.find(channel, account)?.awaitDeliveredMs ?? 0,
      }),
    deps,
  );
}

function count(deps: Deps, attempt: Sent, report: AttemptReport, result: Settled): void {
  const { settlement, entered, carried } = result;
  const { metrics } = deps;
  const { channel, account } = attempt.conversation;
  const labels = { channel, route: attempt.route };
  metrics.attempts.inc({ ...labels, outcome: report.outcome.kind });
  if (entered) metrics.deliveries.inc({ ...labels, outcome: settlement.state });
  metrics.deliveries.inc({ ...labels, outcome: settlement.state }, carried);
  if (report.outcome.kind === "quota-exhausted") metrics.quotaExhausted.set({ account }, 1);
  if (report.outcome.kind === "sent" && attempt.route !== "reply") metrics.quotaExhausted.set({ account }, 0);
  if (report.outcome.kind === "quota-exhausted") noteExhausted(deps, attempt.conversation);
  if (report.outcome.kind === "sent" && attempt.route !== "reply") noteSpent(deps, attempt.conversation);
  if (settlement.stopAccount !== null) metrics.accountStopped.set({ account }, 1);
  else if (report.outcome.kind === "sent") metrics.accountStopped.set({ account }, 0);
}

function note(deps: Deps, attempt: Sent, report: AttemptReport, { settlement }: Settled, why: string): void {
  const { outcome } = report;
  const facts = {
    deliveryId: attempt.deliveryId,
    turnId: attempt.turnId,
    channel: attempt.conversation.channel,
    account: attempt.conversation.account,
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
    callMs: deps.clock.now() - attempt.startedAt,
    // From the person's last word, by the platform's clock.
    eventToReplyMs: attempt.newestEventAt === null ? undefined : attempt.startedAt - attempt.newestEventAt,
    sinceAnswerMs: deps.clock.now() - attempt.createdAt,
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
