import type { Settlement } from "../../../core/delivery.ts";
import type { Context } from "./context.ts";

/** The part of `settleAttempt` that is about the whole account: too fast, or stopped until a person has looked. */
export function prepareAccountState({ db }: Context) {
  const slow = db.prepare<[string, string, number]>(`
    INSERT INTO account AS a (channel, account, slow_until) VALUES ($1, $2, $3)
    ON CONFLICT (channel, account) DO UPDATE SET slow_until = greatest(a.slow_until, excluded.slow_until)`);
  const stop = db.prepare<[string, string, string, number]>(`
    INSERT INTO account (channel, account, stopped_reason, stopped_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (channel, account)
    DO UPDATE SET stopped_reason = excluded.stopped_reason, stopped_at = excluded.stopped_at`);

  return async function setAccount(
    of: { channel: string; account: string },
    next: Settlement,
    now: number,
  ): Promise<void> {
    if (next.slowAccountUntil !== null) await slow.run(of.channel, of.account, next.slowAccountUntil);
    if (next.stopAccount !== null) await stop.run(of.channel, of.account, next.stopAccount, now);
  };
}
