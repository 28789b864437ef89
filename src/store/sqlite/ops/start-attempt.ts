import { waitMs } from "../../../core/batch.ts";
import type { RecordedCall, Route } from "../../../core/delivery.ts";
import { assert } from "../../../core/errors.ts";
import type { DeliveryView, StartAttempt, StartedAttempt } from "../../store.ts";
import { type Context, LONGEST_WAIT_MS } from "./context.ts";
import { type DeliveryRow, prepareDeliveryView, RECENT_EVENTS } from "./delivery-view.ts";

interface Plan {
  readonly route: Route;
  readonly token: string | null;
  readonly call: RecordedCall;
}

interface RecordedRow {
  route: Route;
  token: string | null;
  path: string;
  body: string;
  retry_key: string | null;
}

export function prepareStartAttempt(context: Context) {
  const { db, clock } = context;
  const { sendable, view } = prepareDeliveryView(context);
  const hold = db.prepare<[string, string]>("UPDATE delivery SET due_at = NULL, reason = ? WHERE delivery_id = ?");
  const park = db.prepare<[string, number, string]>(
    "UPDATE delivery SET state = 'parked', due_at = NULL, reason = ?, state_since = ? WHERE delivery_id = ?",
  );
  const claimToken = db.prepare<[string, string, string, string]>(`
    UPDATE reply_token SET state = 'claimed', delivery_id = ?
    WHERE event_id IN (SELECT event_id FROM (${RECENT_EVENTS})) AND token = ?
      AND (state = 'unused' OR (state = 'claimed' AND delivery_id = ?))`);
  const selectRecorded = db.prepare<[string, number], RecordedRow>(
    "SELECT route, token, path, body, retry_key FROM attempt WHERE delivery_id = ? AND attempt = ?",
  );
  const selectSameRoad = db.prepare<[string, Route, string | null], RecordedRow>(`
    SELECT route, token, path, body, retry_key FROM attempt
    WHERE delivery_id = ? AND route = ? AND token IS ? ORDER BY attempt LIMIT 1`);
  const insert = db.prepare(`
    INSERT INTO attempt (delivery_id, attempt, route, token, retry_key, path, body, owner, started_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const claim = db.prepare<[Route, number, string, number, number, string]>(`
    UPDATE delivery SET state = 'sending', route = ?, attempts = ?, owner = ?, lease_expires_at = ?, state_since = ?,
                        due_at = NULL
    WHERE delivery_id = ?`);

  function recorded(row: RecordedRow): Plan {
    return {
      route: row.route,
      token: row.token,
      call: { path: row.path, body: row.body, retryKey: row.retry_key },
    };
  }

  /** Bytes once recorded for a road are the bytes: a new rendering under the same retry key would be another message. */
  function plan(delivery: DeliveryView, start: StartAttempt, route: Route, token: string | null): Plan {
    const earlier = selectSameRoad.get(delivery.deliveryId, route, token);
    if (earlier !== undefined) return recorded(earlier);
    return { route, token, call: start.buildCall(delivery, { route, token }) };
  }

  function record(row: DeliveryRow, now: number, start: StartAttempt, { route, token, call }: Plan): StartedAttempt {
    const { delivery_id: deliveryId, conversation_id: conversationId } = row;
    if (token !== null) {
      const claimed = claimToken.run(deliveryId, conversationId, token, deliveryId).changes;
      assert(claimed === 1, `${deliveryId} chose a reply token that belongs to another delivery`);
    }
    const attempt = row.attempts + 1;
    insert.run(deliveryId, attempt, route, token, call.retryKey, call.path, call.body, start.owner, now);
    claim.run(route, attempt, start.owner, now + start.leaseMs, now, deliveryId);
    const conversation = {
      conversationId,
      channel: row.channel,
      account: row.account,
      kind: row.kind,
      peerId: row.peer_id,
    };
    const { turn_id: turnId, created_at: createdAt } = row;
    return { kind: "send", deliveryId, turnId, conversation, attempt, route, call, startedAt: now, createdAt };
  }

  return function startAttempt(start: StartAttempt): StartedAttempt | null {
    const now = clock.now();
    const row = sendable(start.deliveryId, now - start.unknownHoldMs);
    if (row === undefined || row.due_at === null) return null;
    if (waitMs(Math.max(row.due_at, row.slow_until ?? 0), now, LONGEST_WAIT_MS) > 0) return null;
    const delivery = view(row, now);
    const road = start.chooseRoad(delivery);
    switch (road.kind) {
      case "hold":
        hold.run(road.reason, row.delivery_id);
        return { kind: "held", deliveryId: row.delivery_id, reason: road.reason };
      case "park":
        park.run(road.reason, now, row.delivery_id);
        return { kind: "parked", deliveryId: row.delivery_id, reason: road.reason };
      case "repeat": {
        const earlier = selectRecorded.get(row.delivery_id, road.attempt);
        assert(earlier !== undefined, `${row.delivery_id} has no attempt ${road.attempt} to repeat`);
        return record(row, now, start, recorded(earlier));
      }
      case "reply":
        return record(row, now, start, plan(delivery, start, "reply", road.token));
      case "paid":
        return record(row, now, start, plan(delivery, start, road.route, null));
      default:
        return road satisfies never;
    }
  };
}
