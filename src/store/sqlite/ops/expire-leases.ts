import type { RetryPolicy } from "../../../core/retry.ts";
import type { Expired } from "../../store.ts";
import type { Context } from "./context.ts";
import { prepareFailTurn } from "./fail-turn.ts";
import { prepareLeaveUnknown, SELECT_SENDING, type SendingRow } from "./leave-unknown.ts";

interface Sweep {
  readonly limit: number;
  readonly retry: RetryPolicy;
  readonly chance: number;
}

export function prepareExpireLeases(context: Context) {
  const { db, clock } = context;
  const failTurn = prepareFailTurn(context);
  const leaveUnknown = prepareLeaveUnknown(context);
  const selectTurns = db.prepare<[number, number], { turn_id: string; fence: number }>(
    "SELECT turn_id, fence FROM turn WHERE state = 'leased' AND lease_expires_at <= ? LIMIT ?",
  );
  const selectSending = db.prepare<[number, number], SendingRow>(
    `${SELECT_SENDING} AND d.lease_expires_at <= ? LIMIT ?`,
  );

  return function expireLeases({ limit, retry, chance }: Sweep): Expired {
    const now = clock.now();
    const turns = selectTurns.all(now, limit).map(({ turn_id: turnId, fence }) =>
      failTurn({
        turnId,
        fence,
        retry,
        chance,
        failure: { kind: "retry", reason: "the lease ran out", retryAfterMs: 0 },
      }),
    );
    const attemptsUnknown = selectSending.all(now, limit).map((row) => leaveUnknown(row, { retry, chance }));
    return {
      turnsReady: turns.filter((turn) => turn.state === "ready").length,
      turnsDead: turns.filter((turn) => turn.state === "dead").length,
      attemptsUnknown,
    };
  };
}
