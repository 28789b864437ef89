import type { Route } from "../../../core/delivery.ts";
import { assert } from "../../../core/errors.ts";
import type { Road } from "../../../core/route.ts";
import type { DeliveryView, StartAttempt, StartedAttempt } from "../../store.ts";
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
  const wait = db.prepare<[number, string, string]>("UPDATE delivery SET due_at = ?, reason = ? WHERE delivery_id = ?");
  const resend = prepareResend(context);
  const hold = db.prepare<[string, string]>("UPDATE delivery SET due_at = NULL, reason = ? WHERE delivery_id = ?");
  const takeBack = prepareTakeBack(context);
  const releaseTokens = prepareReleaseTokens(context);
  const refuse = prepareRefuse(context);
  const expire = db.prepare<[string, number, number, string]>(`
    UPDATE delivery SET state = 'dead', due_at = NULL, reason = ?, state_since = ?, ended_at = ? WHERE delivery_id = ?`);
  // One that is worth nothing after a time is looked at again at that time.
  const park = db.prepare<[{ againAt: number | null; reason: string; now: number; deliveryId: string }]>(`
    UPDATE delivery SET state = 'parked', reason = :reason, state_since = :now,
                        due_at = min(coalesce(:againAt, deliver_by), coalesce(deliver_by, :againAt)),
                        parked_since = coalesce(parked_since, :now)
    WHERE delivery_id = :deliveryId`);

  return function startAttempt(start: StartAttempt): StartedAttempt | null {
    const now = clock.now();
    const { deliveryId, unknownHoldMs } = start;
    const row = sendable({ deliveryId, unknownSince: now - unknownHoldMs, now });
    if (row === undefined || row.due_at === null) return null;
    if (Math.max(row.due_at, row.slow_until ?? 0) > now) return null;
    const delivery = view(row, now);
    if (isTooLate(row, delivery, now)) {
      expire.run(TOO_LATE, now, now, row.delivery_id);
      // A call on its token may have been refused before: then another delivery may have that token.
      releaseTokens(row.delivery_id, null);
      return { kind: "expired", deliveryId: row.delivery_id, conversation: delivery.conversation, reason: TOO_LATE };
    }
    const road = start.chooseRoad(delivery);
    // What was recorded before has been looked at before.
    const problem = road.kind === "repeat" || road.kind === "hold" ? null : (start.problemWith?.(delivery) ?? null);
    if (problem !== null) return refuse(row, road, problem, now);
    switch (road.kind) {
      case "hold":
        hold.run(road.reason, row.delivery_id);
        return { kind: "held", deliveryId: row.delivery_id, reason: road.reason };
      case "park":
        if (row.delivery_kind !== "answer") {
          takeBack(row.delivery_id, now);
          return { kind: "taken-back", deliveryId: row.delivery_id, reason: road.reason };
        }
        park.run({ againAt: road.againAt ?? null, reason: road.reason, now, deliveryId: row.delivery_id });
        return { kind: "parked", deliveryId, ...parkedOf(row, delivery), reason: road.reason };
      case "repeat":
        // Its token is this delivery's already.
        return record(row, now, start, { ...planFor(delivery, start, road), tokenEventId: null });
      case "reply": {
        const tokenEventId = eventOf(row, road.token, now);
        assert(tokenEventId !== null, `${row.delivery_id} chose a reply token that it was not offered`);
        return record(row, now, start, { ...planFor(delivery, start, road), tokenEventId });
      }
      case "wait":
        wait.run(road.until, road.reason, row.delivery_id);
        return { kind: "waiting", deliveryId: row.delivery_id, reason: road.reason };
      case "paid":
        if (road.evidence !== undefined) resend(row.delivery_id, road.evidence);
        return record(row, now, start, { ...planFor(delivery, start, road), tokenEventId: null });
      default:
        return road satisfies never;
    }
  };
}

/** Why it goes out once more, and what rides on it with it. */
function prepareResend({ db }: Pick<Context, "db">) {
  const say = db.prepare<[{ carrierId: string; why: string }]>(`
    ${LOAD}
    UPDATE delivery SET resent_because = :why
    WHERE delivery_id IN (SELECT :carrierId UNION ALL SELECT id FROM load)`);

  return function resend(carrierId: string, why: string): void {
    say.run({ carrierId, why });
  };
}

/** Whether it comes into that state, for the counters. */
function parkedOf(row: DeliveryRow, { conversation }: DeliveryView) {
  return { conversation, entered: row.state !== "parked" };
}

/** The platform would refuse it: it dies here, with its token unspent, and sets down what rode on it. */
function prepareRefuse({ db }: Pick<Context, "db">) {
  const die = db.prepare<[string, number, number, string]>(`
    UPDATE delivery SET state = 'dead', due_at = NULL, reason = ?, state_since = ?, ended_at = ? WHERE delivery_id = ?`);
  const setDown = db.prepare<[number, string]>(
    "UPDATE delivery SET carrier_id = NULL, due_at = ? WHERE carrier_id = ? AND state = 'parked'",
  );
  const releaseTokens = prepareReleaseTokens({ db });

  return function refuse(row: DeliveryRow, road: Road, problem: string, now: number): StartedAttempt {
    const { delivery_id: deliveryId, channel, account } = row;
    const reason = `not sent, the platform would refuse it: ${problem}`;
    die.run(reason, now, now, deliveryId);
    setDown.run(now, deliveryId);
    releaseTokens(deliveryId, null);
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
  const claimToken = db.prepare<[string, string, string]>(`
    UPDATE reply_token SET state = 'claimed', delivery_id = ?
    WHERE event_id = ? AND (state = 'unused' OR (state = 'claimed' AND delivery_id = ?))`);
  const releaseOthers = prepareReleaseTokens({ db });
  const times = db.prepare<[string], { newest: number | null; first: number | null }>(
    "SELECT max(sent_at) AS newest, min(received_at) AS first FROM event WHERE turn_id = ? AND state = 'accepted'",
  );
  const insert = db.prepare(`
    INSERT INTO attempt (delivery_id, attempt, route, token, retry_key, path, body, owner, started_at, await_delivered_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const claim = db.prepare<[Route, number, string, number, number, string]>(`
    UPDATE delivery SET state = 'sending', route = ?, attempts = ?, owner = ?, lease_expires_at = ?, state_since = ?,
                        due_at = NULL
    WHERE delivery_id = ?`);

  return function record(
    row: DeliveryRow,
    now: number,
    start: StartAttempt,
    plan: Plan & { readonly tokenEventId: string | null },
  ): StartedAttempt {
    const { delivery_id: deliveryId, turn_id: turnId, created_at: createdAt } = row;
    const { route, token, call, tokenEventId } = plan;
    if (tokenEventId !== null) {
      const claimed = claimToken.run(deliveryId, tokenEventId, deliveryId).changes;
      assert(claimed === 1, `${deliveryId} chose a reply token that another delivery has`);
    }
    // Whatever it had before is certainly unused, or this would be a repeat on it: another delivery may have it.
    releaseOthers(deliveryId, token);
    const attempt = row.attempts + 1;
    const conversation = toConversation(row);
    const waitMs = start.awaitDeliveredMs?.(conversation) ?? 0;
    insert.run(deliveryId, attempt, route, token, call.retryKey, call.path, call.body, start.owner, now, waitMs);
    claim.run(route, attempt, start.owner, now + start.leaseMs, now, deliveryId);
    const { newest, first } = (turnId === null ? undefined : times.get(turnId)) ?? { newest: null, first: null };
    const started = { deliveryId, turnId, conversation, attempt, route, call, startedAt: now, createdAt };
    return { kind: "send", ...started, newestEventAt: newest, firstEventAt: first };
  };
}
