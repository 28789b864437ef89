import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

/**
 * The part of `startAttempt` and `settleAttempt` that gives back what a delivery claimed and certainly did not use: the
 * delivery takes another road, or none any more.
 */
export function prepareReleaseTokens({ db }: Pick<Context, "db">) {
  const release = db.prepare<[...Key, string | null]>(`
    UPDATE reply_token SET state = 'unused', delivery_id = NULL
    WHERE slot = $1 AND delivery_id = $2 AND state = 'claimed' AND token IS DISTINCT FROM $3`);

  return async function releaseTokens(deliveryId: string, except: string | null): Promise<void> {
    await release.run(...keyOf(deliveryId), except);
  };
}
