import type { Route } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { RouteDecision } from "../../core/route.ts";
import { toConversation } from "../rows.ts";
import { statement } from "../statement.ts";
import type { DeliveryView, StartAttempt, StartedAttempt } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { type Plan, plan } from "./attempt-plan.ts";
import { unbundle } from "./bundle.ts";
import { BUNDLE } from "./bundle-messages.ts";
import { type DeliveryRow, eventOf, sendable, view } from "./delivery-view.ts";
import { releaseTokens } from "./release-tokens.ts";
import { discardSystemMessage } from "./slow-reply.ts";

const WAIT = statement<{ deliveryId: string; until: number; reason: string }>(
  "UPDATE delivery SET due_at = :until, reason = :reason WHERE delivery_id = :deliveryId AND state <> 'sending'",
);

const HOLD = statement<{ deliveryId: string; reason: string }>(
  "UPDATE delivery SET due_at = NULL, reason = :reason WHERE delivery_id = :deliveryId AND state <> 'sending'",
);

// One that is worth nothing after a time is looked at again at that time.
const PARK = statement<{ deliveryId: string; againAt: number | null; reason: string; now: number }>(
  ({ least }) => `
  UPDATE delivery SET state = 'parked', due_at = ${least(":againAt", "deliver_by")}, reason = :reason, state_since = :now,
                      parked_since = coalesce(parked_since, :now)
  WHERE delivery_id = :deliveryId AND state <> 'sending'`,
);

const RESEND = statement<{ deliveryId: string; why: string }>(`
  ${BUNDLE}
  UPDATE delivery SET resent_because = :why
  WHERE delivery_id IN (SELECT CAST(:deliveryId AS TEXT) UNION ALL SELECT id FROM bundle)`);

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
  token: string | null;
  retryKey: string | null;
  path: string;
  body: string;
  owner: string;
  now: number;
  awaitMs: number;
}

const INSERT = statement<NewAttempt>(`
  INSERT INTO attempt (delivery_id, attempt, route, token, retry_key, path, body, owner, started_at, await_delivered_ms)
  VALUES (:deliveryId, :attempt, :route, :token, :retryKey, :path, :body, :owner, :now, :awaitMs)`);

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

const SELECT_TIMES = statement<{ turnId: string }, { newest: number | null; first: number | null }>(`
  SELECT max(sent_at) AS newest, min(received_at) AS first FROM event WHERE turn_id = :turnId AND state = 'accepted'`);

export async function startAttempt(tx: Transaction, start: StartAttempt): Promise<StartedAttempt | null> {
  const now = tx.now();
  const { deliveryId, unknownHoldMs } = start;
  const row = await sendable(tx, { deliveryId, unknownSince: now - unknownHoldMs, now });
  if (row === undefined || row.due_at === null) return null;
  if (Math.max(row.due_at, row.slow_until ?? 0) > now) return null;
  const delivery = await view(tx, row, now);
  if (isTooLate(row, delivery, now)) {
    await tx.run(DIE, { deliveryId, reason: TOO_LATE, now });
    // A call on its token may have been refused before: then another delivery may have that token.
    await releaseTokens(tx, deliveryId, null);
    return { kind: "expired", deliveryId, conversation: delivery.conversation, reason: TOO_LATE };
  }
  const decision = start.chooseRoute(delivery);
  // What was recorded before has been looked at before.
  const problem =
    decision.kind === "repeat" || decision.kind === "hold" ? null : (start.problemWith?.(delivery) ?? null);
  if (problem !== null) return await refuse(tx, row, decision, { problem, now });
  switch (decision.kind) {
    case "hold":
      await tx.run(HOLD, { deliveryId, reason: decision.reason });
      return { kind: "held", deliveryId, reason: decision.reason };
    case "park":
      if (row.delivery_kind !== "answer") {
        await discardSystemMessage(tx, deliveryId, now);
        return { kind: "discarded", deliveryId, reason: decision.reason };
      }
      await tx.run(PARK, { deliveryId, againAt: decision.againAt ?? null, reason: decision.reason, now });
      return { kind: "parked", deliveryId, ...parkedOf(row, delivery), reason: decision.reason };
    case "repeat":
      // Its token is this delivery's already.
      return await record(tx, row, start, { ...(await plan(tx, delivery, start, decision)), tokenEventId: null, now });
    case "reply": {
      const tokenEventId = await eventOf(tx, row, decision.token, now);
      assert(tokenEventId !== null, `${deliveryId} chose a reply token that it can't have`);
      return await record(tx, row, start, { ...(await plan(tx, delivery, start, decision)), tokenEventId, now });
    }
    case "wait":
      await tx.run(WAIT, { deliveryId, until: decision.until, reason: decision.reason });
      return { kind: "waiting", deliveryId, reason: decision.reason };
    case "paid":
      // Why it goes out once more, and what is bundled into it with it.
      if (decision.evidence !== undefined) await tx.run(RESEND, { deliveryId: deliveryId, why: decision.evidence });
      return await record(tx, row, start, { ...(await plan(tx, delivery, start, decision)), tokenEventId: null, now });
    default:
      return decision satisfies never;
  }
}

const TOO_LATE = "it was not sent before its deliverBy";

/** Once a call may have been accepted, the repeat of that call is what settles it, however late. */
function isTooLate(row: DeliveryRow, { routeInput }: DeliveryView, now: number): boolean {
  return (
    row.deliver_by !== null && row.deliver_by <= now && !routeInput.earlier.some((one) => one.outcome === "unknown")
  );
}

/** The platform would refuse it: it dies here, with its token unspent, and unbundles it. */
async function refuse(
  tx: Transaction,
  row: DeliveryRow,
  decision: RouteDecision,
  { problem, now }: { readonly problem: string; readonly now: number },
): Promise<StartedAttempt> {
  const { delivery_id: deliveryId, channel, account } = row;
  const reason = `not sent, the platform would refuse it: ${problem}`;
  await tx.run(DIE, { deliveryId, reason, now });
  await unbundle(tx, deliveryId, now);
  await releaseTokens(tx, deliveryId, null);
  const route = decision.kind === "reply" ? "reply" : decision.kind === "paid" ? decision.route : null;
  return { kind: "refused", deliveryId, channel, account, route, reason };
}

/** Whether it comes into that state, for the counters. */
function parkedOf(row: DeliveryRow, { conversation }: DeliveryView) {
  return { conversation, entered: row.state !== "parked" };
}

/** Claims the delivery and its token, and writes down the bytes that are about to leave. */
async function record(
  tx: Transaction,
  row: DeliveryRow,
  start: StartAttempt,
  planned: Plan & { readonly tokenEventId: string | null; readonly now: number },
): Promise<StartedAttempt> {
  const { delivery_id: deliveryId, turn_id: turnId, created_at: createdAt } = row;
  const { route, token, call, tokenEventId, now } = planned;
  const { owner, leaseMs } = start;
  if (tokenEventId !== null) {
    const { changes } = await tx.run(CLAIM_TOKEN, { eventId: tokenEventId, deliveryId });
    assert(changes === 1, `${deliveryId} chose a reply token that another delivery has`);
  }
  // Whatever it had before is certainly unused, or this would be a repeat on it: another delivery may have it.
  await releaseTokens(tx, deliveryId, token);
  const attempt = row.attempts + 1;
  const conversation = toConversation(row);
  const awaitMs = start.awaitDeliveredMs?.(conversation) ?? 0;
  await tx.run(INSERT, { deliveryId, attempt, route, token, ...call, owner, now, awaitMs });
  await tx.run(CLAIM, { deliveryId, route, attempt, owner, expiresAt: now + leaseMs, now });
  const times = turnId === null ? undefined : await tx.get(SELECT_TIMES, { turnId });
  const { newest, first } = times ?? { newest: null, first: null };
  const started = { deliveryId, turnId, conversation, attempt, route, call, startedAt: now, createdAt };
  return { kind: "send", ...started, newestEventAt: newest, firstEventAt: first };
}
