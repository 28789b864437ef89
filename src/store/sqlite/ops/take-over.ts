import type { Expired } from "../../store.ts";
import type { Context } from "./context.ts";
import { prepareFailTurn } from "./fail-turn.ts";
import { prepareLeaveUnknown, SELECT_SENDING, type SendingRow } from "./leave-unknown.ts";

/** What an attempt cut off by the end of its process teaches is settled without a wait: its token may be short-lived. */
const AT_ONCE = { baseMs: 1, capMs: 1, maxAttempts: Number.POSITIVE_INFINITY, maxAgeMs: Number.POSITIVE_INFINITY };

/** A turn that was there when as many processes ended may be what ends them: others must get their turn in between. */
const SUSPICIOUS = 3;
const SUSPICIOUS_WAIT_MS = 5_000;

/**
 * The file is locked for this process, so every other owner is dead and nobody need wait out its lease.
 */
export function prepareTakeOver(context: Context) {
  const { db } = context;
  const failTurn = prepareFailTurn(context);
  const leaveUnknown = prepareLeaveUnknown(context);
  const selectTurns = db.prepare<[string], { turn_id: string; fence: number; attempt: number }>(
    "SELECT turn_id, fence, attempt FROM turn WHERE state = 'leased' AND owner <> ?",
  );
  const selectSending = db.prepare<[string], SendingRow>(`${SELECT_SENDING} AND d.owner <> ?`);
  const dueNow = db.prepare<[number, string]>(
    "UPDATE delivery SET due_at = ? WHERE delivery_id = ? AND due_at IS NOT NULL",
  );
  const restartAccounts = db.prepare("UPDATE account SET stopped_at = NULL, stopped_reason = NULL");

  return function takeOver(owner: string): Expired {
    const now = context.clock.now();
    const turns = selectTurns.all(owner);
    const ended = turns.map(({ turn_id: turnId, fence, attempt }) => {
      const failure = { kind: "handed-back", afterMs: attempt < SUSPICIOUS ? 0 : SUSPICIOUS_WAIT_MS } as const;
      return failTurn({ turnId, fence, retry: AT_ONCE, chance: 0, failure });
    });
    const attemptsUnknown = selectSending.all(owner).map((row) => leaveUnknown(row, { retry: AT_ONCE, chance: 0 }));
    for (const { deliveryId } of attemptsUnknown) dueNow.run(now, deliveryId);
    restartAccounts.run();
    const turnsDead = ended.filter((turn) => turn.state === "dead").length;
    return { turnsReady: ended.length - turnsDead, turnsDead, attemptsUnknown };
  };
}
