import type { RetryPolicy } from "../../../core/retry.ts";
import type { FailedTurn, Unsettled } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareFailTurn } from "./fail-turn.ts";
import { prepareLeaveUnknown, SELECT_SENDING, type SendingRow } from "./leave-unknown.ts";

export interface How {
  readonly retry: RetryPolicy;
  readonly chance: number;
}

/** Several conversations, and so several transactions: one finds what ran out, one each ends it if that is still true. */
export function prepareExpireLeases(context: Context) {
  const { db, clock } = context;
  const failTurn = prepareFailTurn(context);
  const leaveUnknown = prepareLeaveUnknown(context);
  const findTurns = db.prepare<[number, number], { turn_id: string }>(
    "SELECT turn_id FROM turn WHERE state = 'leased' AND lease_expires_at <= $1 LIMIT $2",
  );
  const findSending = db.prepare<[number, number], { delivery_id: string }>(
    "SELECT delivery_id FROM delivery WHERE state = 'sending' AND lease_expires_at <= $1 LIMIT $2",
  );
  const selectTurn = db.prepare<[...Key, number], { fence: number }>(
    "SELECT fence FROM turn WHERE slot = $1 AND turn_id = $2 AND state = 'leased' AND lease_expires_at <= $3",
  );
  const selectSending = db.prepare<[...Key, number], SendingRow>(
    `${SELECT_SENDING} AND d.slot = $1 AND d.delivery_id = $2 AND d.lease_expires_at <= $3`,
  );

  return {
    async find(limit: number): Promise<{ turnIds: string[]; deliveryIds: string[] }> {
      const turns = await findTurns.all(clock.now(), limit);
      const deliveries = await findSending.all(clock.now(), limit);
      return { turnIds: turns.map((row) => row.turn_id), deliveryIds: deliveries.map((row) => row.delivery_id) };
    },

    async endTurn(turnId: string, { retry, chance }: How): Promise<FailedTurn | null> {
      const row = await selectTurn.get(...keyOf(turnId), clock.now());
      if (row === undefined) return null;
      const failure = { kind: "retry", reason: "the lease ran out", retryAfterMs: 0 } as const;
      return await failTurn({ turnId, fence: row.fence, retry, chance, failure });
    },

    async endCall(deliveryId: string, how: How): Promise<Unsettled | null> {
      const row = await selectSending.get(...keyOf(deliveryId), clock.now());
      return row === undefined ? null : await leaveUnknown(row, how);
    },
  };
}
