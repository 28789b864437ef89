import type { Route } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { RouteReason } from "../../core/route-reason.ts";
import type {
  AttemptTerms,
  DecidedAttempt,
  DeliveryView,
  StartAttempt,
  StartedAttempt,
  StartOutcome,
} from "../attempt.ts";
import { newId } from "../id.ts";
import { runTogether } from "../run-together.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { claimProbe, releaseProbe } from "./parts/account-state.ts";
import { type DecidedCall, planCall } from "./parts/attempt-plan.ts";
import { markResent, unbundle } from "./parts/bundle.ts";
import {
  type DeliveryRow,
  type EventTokenChoice,
  readNewView,
  readView,
  selectSendable,
} from "./parts/delivery-view.ts";
import { insertSending } from "./parts/insert-delivery.ts";
import { releaseTokens } from "./parts/release-tokens.ts";
import { discardSystemMessage } from "./parts/slow-reply.ts";

const WAIT = statement<{ deliveryId: string; until: number; reason: string }>(
  "UPDATE delivery SET due_at = :until, reason = :reason WHERE delivery_id = :deliveryId AND state <> 'sending'",
);

const HOLD = statement<{ deliveryId: string; reason: string }>(
  "UPDATE delivery SET due_at = NULL, reason = :reason WHERE delivery_id = :deliveryId AND state <> 'sending'",
);

// One with a deadline becomes due again at the deadline.
const PARK = statement<{ deliveryId: string; againAt: number | null; reason: string; now: number; aheadMs: number }>(
  ({ least }) => `
  UPDATE delivery SET state = 'parked', due_at = ${least(":againAt", "deliver_by + CAST(:aheadMs AS BIGINT)")}, reason = :reason, state_since = :now,
                      parked_since = coalesce(parked_since, :now)
  WHERE delivery_id = :deliveryId AND state <> 'sending'`,
);

const DIE = statement<{ deliveryId: string; reason: string; now: number }>(`
  UPDATE delivery SET state = 'dead', due_at = NULL, reason = :reason, state_since = :now, ended_at = :now
  WHERE delivery_id = :deliveryId AND state <> 'sending'`);

const CLAIM_TOKEN = statement<{ eventId: string; deliveryId: string }>(`
  UPDATE reply_token SET state = 'claimed', delivery_id = :deliveryId
  WHERE event_id = :eventId AND (state = 'unused' OR (state = 'claimed' AND delivery_id = :deliveryId))`);

interface NewAttempt {
  deliveryId: string;
  attempt: number;
  route: Route;
  routeReason: RouteReason;
  token: string | null;
  retryKey: string | null;
  path: string;
  body: string;
  owner: string;
  now: number;
  awaitDeliveredMs: number;
  hasWindowTemplate: number;
}

const INSERT = statement<NewAttempt>(`
  INSERT INTO attempt (delivery_id, attempt, route, route_reason, token, retry_key, path, body, owner, started_at,
                       await_delivered_ms, has_window_template)
  VALUES (:deliveryId, :attempt, :route, :routeReason, :token, :retryKey, :path, :body, :owner, :now, :awaitDeliveredMs,
          :hasWindowTemplate)`);

interface Claim {
  deliveryId: string;
  route: Route;
  attempt: number;
  owner: string;
  expiresAt: number;
  now: number;
}

const CLAIM = statement<Claim>(`
  UPDATE delivery SET state = 'sending', route = :route, attempts = :attempt, owner = :owner,
                      lease_expires_at = :expiresAt, state_since = :now, due_at = NULL
  WHERE delivery_id = :deliveryId`);

export async function startAttempt(tx: Transaction, start: StartAttempt): Promise<StartedAttempt | null> {
  const now = tx.now();
  const row = await selectSendable(tx, {
    deliveryId: start.deliveryId,
    unknownSince: now - start.unknownWaitMs,
    now,
  });
  if (row === undefined || row.due_at === null) return null;
  if (Math.max(row.due_at, row.slow_until ?? 0) > now) return null;
  return row.account_status === "resuming"
    ? await startProbe(tx, row, start, now)
    : await startRow(tx, row, start, now);
}

/** Of an account that resumes one delivery is on its way at a time. */
async function startProbe(
  tx: Transaction,
  row: DeliveryRow,
  start: AttemptTerms,
  now: number,
): Promise<StartedAttempt | null> {
  const probe = { channel: row.channel, account: row.account, deliveryId: row.delivery_id };
  if (!(await claimProbe(tx, { ...probe, until: now + start.leaseMs, now }))) return null;
  const started = await startRow(tx, row, start, now);
  if (started?.kind !== "send") await releaseProbe(tx, probe);
  return started;
}

async function startRow(
  tx: Transaction,
  row: DeliveryRow,
  start: AttemptTerms,
  now: number,
): Promise<StartedAttempt | null> {
  const { delivery, tokens } = await readView(tx, row, now);
  if (isTooLate(row, delivery, tx.wall())) return startedAs(delivery, await expire(tx, row, now), now);
  const decided = start.decide(delivery);
  if (decided === null) return null;
  const claim = (values: Claim) => tx.run(CLAIM, values);
  return startedAs(delivery, await execute(tx, { row, delivery, tokens, start, now, claim }, decided), now);
}

export interface NewAnswer {
  readonly turnId: string;
  readonly conversationId: string;
  readonly ofAccount: string;
  readonly messages: readonly unknown[];
}

/**
 * For an answer of one call, before which nothing of its conversation waits: inserts it as being sent, where `startAttempt`
 * moves a pending one through the indexes of what waits. `null`: no call is to be made now, and nothing was inserted.
 */
export async function startNew(
  tx: Transaction,
  { turnId, conversationId, ofAccount, messages }: NewAnswer,
  start: AttemptTerms,
): Promise<StartedAttempt | null> {
  const now = tx.now();
  const deliveryId = newId(tx.random, "dlv", conversationId);
  const answer = { deliveryId, turnId, conversationId, messages: JSON.stringify(messages) };
  const view = await readNewView(tx, answer, now);
  if (view === null) return null;
  const { row, delivery, tokens } = view;
  const decided = start.decide(delivery);
  if (decided === null || !["reply", "paid"].includes(decided.decision.kind)) return null;
  const claim = (values: Claim) => insertSending(tx, { ...answer, ofAccount, ...values });
  return startedAs(delivery, await execute(tx, { row, delivery, tokens, start, now, claim }, decided), now);
}

function startedAs({ deliveryId, conversation, receipts }: DeliveryView, outcome: StartOutcome, now: number) {
  return { deliveryId, conversation, receipts, startedAt: now, ...outcome };
}

interface Considered {
  readonly row: DeliveryRow;
  readonly delivery: DeliveryView;
  readonly tokens: readonly EventTokenChoice[];
  readonly start: AttemptTerms;
  readonly now: number;
  /** Moves or inserts the delivery as being sent. */
  claim(values: Claim): Promise<unknown>;
}

async function execute(tx: Transaction, considered: Considered, decided: DecidedAttempt): Promise<StartOutcome> {
  const { row, delivery, tokens, now } = considered;
  const { deliveryId } = delivery;
  const { decision } = decided;
  switch (decision.kind) {
    case "repeat":
      // The delivery has claimed its token already.
      return await record(tx, considered, { ...decided, decision }, null);
    case "reply": {
      const tokenEventId = tokens.find(({ token }) => token === decision.token)?.eventId;
      assert(tokenEventId !== undefined, `${deliveryId} chose a reply token that it can't have`);
      return await record(tx, considered, { ...decided, decision }, tokenEventId);
    }
    case "paid":
      if (decision.evidence !== undefined) await markResent(tx, deliveryId, decision.evidence);
      return await record(tx, considered, { ...decided, decision }, null);
    case "wait":
      await tx.run(WAIT, { deliveryId, until: decision.until, reason: decision.reason });
      return { kind: "waiting", reason: decision.reason };
    case "hold":
      await tx.run(HOLD, { deliveryId, reason: decision.reason });
      return { kind: "held", reason: decision.reason };
    case "park":
      return await park(tx, row, decision, now);
    case "refuse":
      return await refuse(tx, row, decision.reason, now);
    default:
      return decision satisfies never;
  }
}

const TOO_LATE = "it was not sent before its deliverBy";

/** False once a call may have been accepted: only the repeat of that call settles it, however late. */
function isTooLate(row: DeliveryRow, { routeInput }: DeliveryView, wall: number): boolean {
  return (
    row.deliver_by !== null && row.deliver_by <= wall && !routeInput.earlier.some((one) => one.outcome === "unknown")
  );
}

async function expire(tx: Transaction, row: DeliveryRow, now: number): Promise<StartOutcome> {
  await tx.run(DIE, { deliveryId: row.delivery_id, reason: TOO_LATE, now });
  // It may have claimed a token for a refused call: that is released for other deliveries.
  await releaseAll(tx, row, null);
  return { kind: "expired", reason: TOO_LATE };
}

/** The platform would refuse it: it is dead, its token is released, and its bundle unbundled. */
async function refuse(tx: Transaction, row: DeliveryRow, reason: string, now: number): Promise<StartOutcome> {
  const { delivery_id: deliveryId } = row;
  await tx.run(DIE, { deliveryId, reason, now });
  if (row.has_bundled === 1) await unbundle(tx, deliveryId, now);
  await releaseAll(tx, row, null);
  return { kind: "refused", reason };
}

/** Releases tokens that it claimed for an earlier call and certainly didn't use. */
async function releaseAll(tx: Transaction, row: DeliveryRow, except: string | null): Promise<void> {
  if (row.attempts > 0) await releaseTokens(tx, row.delivery_id, except);
}

async function park(
  tx: Transaction,
  row: DeliveryRow,
  { reason, againAt = null }: { readonly reason: string; readonly againAt?: number | null },
  now: number,
): Promise<StartOutcome> {
  const { delivery_id: deliveryId } = row;
  if (row.delivery_kind !== "answer") {
    await discardSystemMessage(tx, deliveryId, now);
    return { kind: "discarded", reason };
  }
  await tx.run(PARK, { deliveryId, againAt, reason, now, aheadMs: now - tx.wall() });
  return { kind: "parked", entered: row.state !== "parked", reason };
}

/** Claims the delivery and its token, and records the exact request before the call. */
async function record(
  tx: Transaction,
  { row, start, now, claim }: Considered,
  decided: DecidedCall,
  tokenEventId: string | null,
): Promise<StartOutcome> {
  const { delivery_id: deliveryId, turn_id: turnId, created_at: createdAt } = row;
  const { route, token, call, awaitDeliveredMs, hasWindowTemplate } = await planCall(tx, row, decided);
  const { routeReason } = decided;
  assert(routeReason !== null, `${deliveryId} has a route without a reason`);
  const { owner, leaseMs } = start;
  const attempt = row.attempts + 1;
  const [claimed] = await runTogether([
    tokenEventId === null ? null : tx.run(CLAIM_TOKEN, { eventId: tokenEventId, deliveryId }),
    tx.run(INSERT, {
      ...{ deliveryId, attempt, route, routeReason, token, ...call, owner, now, awaitDeliveredMs },
      hasWindowTemplate: hasWindowTemplate ? 1 : 0,
    }),
    claim({ deliveryId, route, attempt, owner, expiresAt: now + leaseMs, now }),
  ]);
  assert(claimed === null || claimed.changes === 1, `${deliveryId} chose a reply token that another delivery has`);
  // An earlier token is certainly unused, or this would be a repeat on it.
  await releaseAll(tx, row, token);
  const times = { createdAt, newestEventAt: row.newest_event_at, firstEventAt: row.first_event_at };
  return { kind: "send", turnId, attempt, route, routeReason, call, ...times };
}
