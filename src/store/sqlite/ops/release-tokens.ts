import type { Context } from "./context.ts";

/**
 * The part of `startAttempt` and `settleAttempt` that gives back what a delivery claimed and certainly did not use: the
 * delivery takes another road, or none any more.
 */
export function prepareReleaseTokens({ db }: Pick<Context, "db">) {
  const release = db.prepare<[string, string | null]>(`
    UPDATE reply_token SET state = 'unused', delivery_id = NULL
    WHERE delivery_id = ? AND state = 'claimed' AND token IS NOT ?`);

  return function releaseTokens(deliveryId: string, except: string | null): void {
    release.run(deliveryId, except);
  };
}
