import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

const RELEASE = statement<{ deliveryId: string; except: string | null }>(`
  UPDATE reply_token SET state = 'unused', delivery_id = NULL
  WHERE delivery_id = :deliveryId AND state = 'claimed' AND token IS DISTINCT FROM :except`);

/**
 * Part of `startAttempt` and `settleAttempt`: releases reply tokens that a delivery claimed and certainly didn't use,
 * because it takes another route, or none.
 */
export async function releaseTokens(tx: Transaction, deliveryId: string, except: string | null): Promise<void> {
  await tx.run(RELEASE, { deliveryId, except });
}
