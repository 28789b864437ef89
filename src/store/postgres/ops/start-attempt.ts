import type { Route } from "../../../core/delivery.ts";
import { assert } from "../../../core/errors.ts";
import type { Road } from "../../../core/route.ts";
import type { DeliveryView, StartAttempt, StartedAttempt } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import { type Plan, prepareAttemptPlan } from "./attempt-plan.ts";
import type { Context } from "./context.ts";
import { type DeliveryRow, prepareDeliveryView } from "./delivery-view.ts";
import { LOAD } from "./load.ts";
import { prepareReleaseTokens } from "./release-tokens.ts";
import { toConversation } from "./rows.ts";
import { prepareTakeBack } from "./slow-reply.ts";

export function prepareStartAttempt(context: Context) {
  const { db, clock } = context;
  const { sendable, view, eventOf } = prepareDeliveryView(context);
  const planFor = prepareAttemptPlan(context);
  const record = prepareRecord(context);
  const wait = db.prepare<[...Key, number, string]>(`
    UPDATE delivery SET due_at = $3, reason = $4 WHERE slot = $1 AND delivery_id = $2 AND state <> 'sending'`);
  const resend = prepareResend(context);
  const hold = db.prepare<[...Key, string]>(
    "UPDATE delivery SET due_at = NULL, reason = $3 WHERE slot = $1 AND delivery_id = $2 AND state <> 'sending'",
  );
  const takeBack = prepareTakeBack(context);
  const releaseTokens = prepareReleaseTokens(context);
  const refuse = prepareRefuse(context);
  const die = prepareDie(context);
  // One that is worth nothing after a time is looked at again at that time.
  const park = db.prepare<[...Key, number | null, string, number]>(`
    UPDATE delivery SET state = 'parked', due_at = least($3, deliver_by), reason = $4, state_since = $5,
                        parked_since = coalesce(parked_since, $5)
    WHERE slot = $1 AND delivery_id = $2 AND state <> 'sending'`);

  return async function startAttempt(start: StartAttempt): Promise<StartedAttempt | null> {
    const now = clock.now();
    const { deliveryId, unknownHoldMs } = start;
    const row = await sendable({ deliveryId, unknownSince: now - unknownHoldMs, now });
    if (row === undefined || row.due_at === null) return null;
    if (Math.max(row.due_at, row.slow_until ?? 0) > now) return null;
    const delivery = await view(row, now);
    if (isTooLate(row, delivery, now)) {
      await die(deliveryId, TOO_LATE, now);
      // A call on its token may have been refused before: then another delivery may have that token.
      await releaseTokens(deliveryId, null);
      return { kind: "expired", deliveryId, conversation: delivery.conversation, reason: TOO_LATE };
    }
    const road = start.chooseRoad(delivery);
    // What was recorded before has been looked at before.
    const problem = road.kind === "repeat" || road.kind === "hold" ? null : (start.problemWith?.(delivery) ?? null);
    if (problem !== null) return await refuse(row, road, problem, now);
    switch (road.kind) {
      case "hold":
        await hold.run(...keyOf(deliveryId), road.reason);
        return { kind: "held", deliveryId, reason: road.reason };
      case "park":
        if (row.delivery_kind !== "answer") {
          await takeBack(deliveryId, now);
          return { kind: "taken-back", deliveryId, reason: road.reason };
        }
        await park.run(...keyOf(deliveryId), road.againAt ?? null, road.reason, now);
        return { kind: "parked", deliveryId, ...parkedOf(row, delivery), reason: road.reason };
      case "repeat":
        // Its token is this delivery's already.
        return await record(row, now, start, { ...(await planFor(delivery, start, road)), tokenEventId: null });
      case "reply": {
        const tokenEventId = await eventOf(row, road.token, now);
        assert(tokenEventId !== null, `${deliveryId} chose a reply token that it was not offered`);
        return await record(row, now, start, { ...(await planFor(delivery, start, road)), tokenEventId });
      }
      case "wait":
        await wait.run(...keyOf(deliveryId), road.until, road.reason);
        return { kind: "waiting", deliveryId, reason: road.reason };
      case "paid":
        if (road.evidence !== undefined) await resend(deliveryId, road.evidence);
        return await record(row, now, start, { ...(await planFor(delivery, start, road)), tokenEventId: null });
      default:
        return road satisfies never;
    }
  };
}

/** Why it goes out once more, and what rides on it with it. */
function prepareResend({ db }: Pick<Context, "db">) {
  const say = db.prepare<[...Key, string]>(`
    ${LOAD}
    UPDATE delivery SET resent_because = $3
    WHERE slot = $1 AND delivery_id IN (SELECT $2 UNION ALL SELECT id FROM load)`);

  return async function resend(carrierId: string, why: string): Promise<void> {
    await say.run(...keyOf(carrierId), why);
  };
}

function prepareDie({ db }: Pick<Context, "db">) {
  const statement = db.prepare<[...Key, string, number]>(`
    UPDATE delivery SET state = 'dead', due_at = NULL, reason = $3, state_since = $4, ended_at = $4
    WHERE slot = $1 AND delivery_id = $2 AND state <> 'sending'`);

  return async function die(deliveryId: string, reason: string, now: number): Promise<void> {
    await statement.run(...keyOf(deliveryId), reason, now);
  };
}

/** Whether it comes into that state, for the counters. */
function parkedOf(row: DeliveryRow, { conversation }: DeliveryView) {
  return { conversation, entered: row.state !== "parked" };
}

/** The platform would refuse it: it dies here, with its token unspent, and sets down what rode on it. */
function prepareRefuse({ db }: Pick<Context, "db">) {
  const die = prepareDie({ db });
  const setDown = db.prepare<[...Key, number]>(`
    UPDATE delivery SET carrier_id = NULL, due_at = $3 WHERE slot = $1 AND carrier_id = $2 AND state = 'parked'`);
  const releaseTokens = prepareReleaseTokens({ db });

  return async function refuse(row: DeliveryRow, road: Road, problem: string, now: number): Promise<StartedAttempt> {
    const { delivery_id: deliveryId, channel, account } = row;
    const reason = `not sent, the platform would refuse it: ${problem}`;
    await die(deliveryId, reason, now);
    await setDown.run(...keyOf(deliveryId), now);
    await releaseTokens(deliveryId, null);
    const route = road.kind === "reply" ? "reply" : road.kind === "paid" ? road.route : null;
    return { kind: "refused", deliveryId, channel, account, route, reason };
  };
}

const TOO_LATE = "it was not sent before its deliverBy";

/** Once a call may have been accepted, the repeat of that call is what settles it, however late. */
function isTooLate(row: DeliveryRow, { road }: DeliveryView, now: number): boolean {
  return row.deliver_by !== null && row.deliver_by <= now && !road.earlier.some((one) => one.outcome === "unknown");
}

/** Claims the delivery and its token, and writes down the bytes that are about to leave. */
function prepareRecord({ db }: Pick<Context, "db">) {
  const claimToken = db.prepare<[...Key, string]>(`
    UPDATE reply_token SET state = 'claimed', delivery_id = $3
    WHERE slot = $1 AND event_id = $2 AND (state = 'unused' OR (state = 'claimed' AND delivery_id = $3))`);
  const releaseOthers = prepareReleaseTokens({ db });
  const times = db.prepare<Key, { newest: number | null; first: number | null }>(
    "SELECT max(sent_at) AS newest, min(received_at) AS first FROM event WHERE slot = $1 AND turn_id = $2 AND state = 'accepted'",
  );
  const insert = db.prepare<[...Key, ...unknown[]]>(`
    INSERT INTO attempt (slot, delivery_id, attempt, route, token, retry_key, path, body, owner, started_at,
                         await_delivered_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`);
  const claim = db.prepare<[...Key, Route, number, string, number, number]>(`
    UPDATE delivery SET state = 'sending', route = $3, attempts = $4, owner = $5, lease_expires_at = $6,
                        state_since = $7, due_at = NULL
    WHERE slot = $1 AND delivery_id = $2`);

  return async function record(
    row: DeliveryRow,
    now: number,
    start: StartAttempt,
    plan: Plan & { readonly tokenEventId: string | null },
  ): Promise<StartedAttempt> {
    const { delivery_id: deliveryId, turn_id: turnId, created_at: createdAt } = row;
    const { route, token, call, tokenEventId } = plan;
    const key = keyOf(deliveryId);
    if (tokenEventId !== null) {
      const claimed = (await claimToken.run(...keyOf(tokenEventId), deliveryId)).changes;
      assert(claimed === 1, `${deliveryId} chose a reply token that another delivery has`);
    }
    // Whatever it had before is certainly unused, or this would be a repeat on it: another delivery may have it.
    await releaseOthers(deliveryId, token);
    const attempt = row.attempts + 1;
    const conversation = toConversation(row);
    const waitMs = start.awaitDeliveredMs?.(conversation) ?? 0;
    await insert.run(...key, attempt, route, token, call.retryKey, call.path, call.body, start.owner, now, waitMs);
    await claim.run(...key, route, attempt, start.owner, now + start.leaseMs, now);
    const found = turnId === null ? undefined : await times.get(...keyOf(turnId));
    const { newest, first } = found ?? { newest: null, first: null };
    const started = { deliveryId, turnId, conversation, attempt, route, call, startedAt: now, createdAt };
    return { kind: "send", ...started, newestEventAt: newest, firstEventAt: first };
  };
}
