import type { Route } from "../../../core/delivery.ts";
import { assert } from "../../../core/errors.ts";
import type { DeliveryView, StartAttempt, StartedAttempt } from "../../store.ts";
import { type Plan, prepareAttemptPlan } from "./attempt-plan.ts";
import type { Context } from "./context.ts";
import { type DeliveryRow, prepareDeliveryView } from "./delivery-view.ts";
import { toConversation } from "./rows.ts";

export function prepareStartAttempt(context: Context) {
  const { db, clock } = context;
  const { sendable, view, eventOf } = prepareDeliveryView(context);
  const planFor = prepareAttemptPlan(context);
  const record = prepareRecord(context);
  const hold = db.prepare<[string, string]>("UPDATE delivery SET due_at = NULL, reason = ? WHERE delivery_id = ?");
  const expire = db.prepare<[string, number, number, string]>(`
    UPDATE delivery SET state = 'dead', due_at = NULL, reason = ?, state_since = ?, ended_at = ? WHERE delivery_id = ?`);
  // One that is worth nothing after a time is looked at again at that time.
  const park = db.prepare<[string, number, number, string]>(`
    UPDATE delivery SET state = 'parked', due_at = deliver_by, reason = ?, state_since = ?,
                        parked_since = coalesce(parked_since, ?)
    WHERE delivery_id = ?`);

  return function startAttempt(start: StartAttempt): StartedAttempt | null {
    const now = clock.now();
    const row = sendable(start.deliveryId, now - start.unknownHoldMs);
    if (row === undefined || row.due_at === null) return null;
    if (Math.max(row.due_at, row.slow_until ?? 0) > now) return null;
    const delivery = view(row, now);
    if (isTooLate(row, delivery, now)) {
      expire.run(TOO_LATE, now, now, row.delivery_id);
      return { kind: "expired", deliveryId: row.delivery_id, conversation: delivery.conversation, reason: TOO_LATE };
    }
    const road = start.chooseRoad(delivery);
    switch (road.kind) {
      case "hold":
        hold.run(road.reason, row.delivery_id);
        return { kind: "held", deliveryId: row.delivery_id, reason: road.reason };
      case "park":
        park.run(road.reason, now, now, row.delivery_id);
        return { kind: "parked", deliveryId: row.delivery_id, reason: road.reason };
      case "repeat":
        // Its token is this delivery's already.
        return record(row, now, start, { ...planFor(delivery, start, road), tokenEventId: null });
      case "reply": {
        const tokenEventId = eventOf(row, road.token, now);
        assert(tokenEventId !== null, `${row.delivery_id} chose a reply token that it was not offered`);
        return record(row, now, start, { ...planFor(delivery, start, road), tokenEventId });
      }
      case "paid":
        return record(row, now, start, { ...planFor(delivery, start, road), tokenEventId: null });
      default:
        return road satisfies never;
    }
  };
}

const TOO_LATE = "it was not sent before its deliverBy";

/** Once a call may have been accepted, the repeat of that call is what settles it, however late. */
function isTooLate(row: DeliveryRow, { road }: DeliveryView, now: number): boolean {
  return row.deliver_by !== null && row.deliver_by <= now && !road.earlier.some((one) => one.outcome === "unknown");
}

/** Claims the delivery and its token, and writes down the bytes that are about to leave. */
function prepareRecord({ db }: Context) {
  const claimToken = db.prepare<[string, string, string]>(`
    UPDATE reply_token SET state = 'claimed', delivery_id = ?
    WHERE event_id = ? AND (state = 'unused' OR (state = 'claimed' AND delivery_id = ?))`);
  const insert = db.prepare(`
    INSERT INTO attempt (delivery_id, attempt, route, token, retry_key, path, body, owner, started_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
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
    const attempt = row.attempts + 1;
    insert.run(deliveryId, attempt, route, token, call.retryKey, call.path, call.body, start.owner, now);
    claim.run(route, attempt, start.owner, now + start.leaseMs, now, deliveryId);
    const conversation = toConversation(row);
    return { kind: "send", deliveryId, turnId, conversation, attempt, route, call, startedAt: now, createdAt };
  };
}
