import type { Route } from "../../../core/delivery.ts";
import { assert } from "../../../core/errors.ts";
import type { StartAttempt, StartedAttempt } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import { type Plan, prepareAttemptPlan } from "./attempt-plan.ts";
import type { Context } from "./context.ts";
import { type DeliveryRow, prepareDeliveryView } from "./delivery-view.ts";
import { toConversation } from "./rows.ts";

export function prepareStartAttempt(context: Context) {
  const { db, clock } = context;
  const { sendable, view, eventOf } = prepareDeliveryView(context);
  const planFor = prepareAttemptPlan(context);
  const record = prepareRecord(context);
  const hold = db.prepare<[...Key, string]>(
    "UPDATE delivery SET due_at = NULL, reason = $3 WHERE slot = $1 AND delivery_id = $2 AND state <> 'sending'",
  );
  const park = db.prepare<[...Key, string, number]>(`
    UPDATE delivery SET state = 'parked', due_at = NULL, reason = $3, state_since = $4,
                        parked_since = coalesce(parked_since, $4)
    WHERE slot = $1 AND delivery_id = $2`);

  return async function startAttempt(start: StartAttempt): Promise<StartedAttempt | null> {
    const now = clock.now();
    const row = await sendable(start.deliveryId, now - start.unknownHoldMs);
    if (row === undefined || row.due_at === null) return null;
    if (Math.max(row.due_at, row.slow_until ?? 0) > now) return null;
    const delivery = await view(row, now);
    const road = start.chooseRoad(delivery);
    switch (road.kind) {
      case "hold":
        await hold.run(...keyOf(row.delivery_id), road.reason);
        return { kind: "held", deliveryId: row.delivery_id, reason: road.reason };
      case "park":
        await park.run(...keyOf(row.delivery_id), road.reason, now);
        return { kind: "parked", deliveryId: row.delivery_id, reason: road.reason };
      case "repeat":
        // Its token is this delivery's already.
        return await record(row, now, start, { ...(await planFor(delivery, start, road)), tokenEventId: null });
      case "reply": {
        const tokenEventId = await eventOf(row, road.token, now);
        assert(tokenEventId !== null, `${row.delivery_id} chose a reply token that it was not offered`);
        return await record(row, now, start, { ...(await planFor(delivery, start, road)), tokenEventId });
      }
      case "paid":
        return await record(row, now, start, { ...(await planFor(delivery, start, road)), tokenEventId: null });
      default:
        return road satisfies never;
    }
  };
}

/** Claims the delivery and its token, and writes down the bytes that are about to leave. */
function prepareRecord({ db }: Context) {
  const claimToken = db.prepare<[...Key, string]>(`
    UPDATE reply_token SET state = 'claimed', delivery_id = $3
    WHERE slot = $1 AND event_id = $2 AND (state = 'unused' OR (state = 'claimed' AND delivery_id = $3))`);
  const insert = db.prepare<[...Key, ...unknown[]]>(`
    INSERT INTO attempt (slot, delivery_id, attempt, route, token, retry_key, path, body, owner, started_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`);
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
    const attempt = row.attempts + 1;
    await insert.run(...key, attempt, route, token, call.retryKey, call.path, call.body, start.owner, now);
    await claim.run(...key, route, attempt, start.owner, now + start.leaseMs, now);
    const conversation = toConversation(row);
    return { kind: "send", deliveryId, turnId, conversation, attempt, route, call, startedAt: now, createdAt };
  };
}
