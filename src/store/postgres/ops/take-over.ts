import type { FailedTurn, Unsettled } from "../../store.ts";
import { isSilent } from "../owners.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareFailTurn } from "./fail-turn.ts";
import { prepareLeaveUnknown, SELECT_SENDING, type SendingRow } from "./leave-unknown.ts";

/** What an attempt cut off by the end of its process teaches is settled without a wait: its token may be short-lived. */
const AT_ONCE = { baseMs: 1, capMs: 1, maxAttempts: Number.POSITIVE_INFINITY, maxAgeMs: Number.POSITIVE_INFINITY };

/** A turn that was there when as many processes ended may be what ends them: others must get their turn in between. */
const SUSPICIOUS = 3;
const SUSPICIOUS_WAIT_MS = 5_000;

/**
 * Other processes live: only an owner that has been silent for too long, or let a lease run out, is known to be gone. But
 * the end of a process is no failure of the agent, and nothing waits for a back-off.
 */
export function prepareTakeOver(context: Context) {
  const { db, clock } = context;
  const failTurn = prepareFailTurn(context);
  const leaveUnknown = prepareLeaveUnknown(context);
  const selectTurn = db.prepare<[...Key, string, number], { fence: number; attempt: number }>(`
    SELECT fence, attempt FROM turn AS t
    WHERE slot = $1 AND turn_id = $2 AND state = 'leased' AND owner <> $3
      AND (lease_expires_at <= $4 OR ${isSilent("t", "$4")})`);
  const selectSending = db.prepare<[...Key, string, number], SendingRow>(
    `${SELECT_SENDING} AND d.slot = $1 AND d.delivery_id = $2 AND d.owner <> $3
      AND (d.lease_expires_at <= $4 OR ${isSilent("d", "$4")})`,
  );
  const dueNow = db.prepare<[...Key, number]>(
    "UPDATE delivery SET due_at = $3 WHERE slot = $1 AND delivery_id = $2 AND due_at IS NOT NULL",
  );
  const restart = db.prepare(
    "UPDATE account SET stopped_at = NULL, stopped_reason = NULL WHERE stopped_at IS NOT NULL",
  );

  return {
    async endTurn(turnId: string, owner: string): Promise<FailedTurn | null> {
      const row = await selectTurn.get(...keyOf(turnId), owner, clock.now());
      if (row === undefined) return null;
      const failure = { kind: "handed-back", afterMs: row.attempt < SUSPICIOUS ? 0 : SUSPICIOUS_WAIT_MS } as const;
      return await failTurn({ turnId, fence: row.fence, retry: AT_ONCE, chance: 0, failure });
    },

    async endCall(deliveryId: string, owner: string): Promise<Unsettled | null> {
      const row = await selectSending.get(...keyOf(deliveryId), owner, clock.now());
      if (row === undefined) return null;
      const left = await leaveUnknown(row, { retry: AT_ONCE, chance: 0 });
      await dueNow.run(...keyOf(deliveryId), clock.now());
      return left;
    },

    async restartAccounts(): Promise<void> {
      await restart.run();
    },
  };
}
