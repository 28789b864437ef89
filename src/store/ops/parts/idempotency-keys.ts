import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

// Part of `answerTurn` and `queueMessages`: recognises repeats. `scope` is the turn or the conversation.

interface IdempotencyKeyRow {
  fence: number;
  delivery_ids: string;
}

export interface RecordedKey {
  readonly fence: number;
  readonly deliveryIds: readonly string[];
}

const SELECT = statement<{ scope: string; key: string }, IdempotencyKeyRow>(
  "SELECT fence, delivery_ids FROM idempotency_key WHERE scope = :scope AND key = :key",
);

// A key that was used under an older fence is overwritten by the newer one.
const INSERT = statement<{ scope: string; key: string; fence: number; deliveryIds: string; now: number }>(`
  INSERT INTO idempotency_key (scope, key, fence, delivery_ids, recorded_at) VALUES (:scope, :key, :fence, :deliveryIds, :now)
  ON CONFLICT (scope, key) DO UPDATE SET fence = excluded.fence, delivery_ids = excluded.delivery_ids,
                                         recorded_at = excluded.recorded_at`);

export async function findResult(tx: Transaction, scope: string, key: string | null): Promise<RecordedKey | null> {
  const row = key === null ? undefined : await tx.get(SELECT, { scope, key });
  if (row === undefined) return null;
  return { fence: row.fence, deliveryIds: JSON.parse(row.delivery_ids) as string[] };
}

export async function recordResult(
  tx: Transaction,
  scope: string,
  key: string | null,
  { fence, deliveryIds }: RecordedKey,
  now: number,
): Promise<void> {
  if (key === null) return;
  await tx.run(INSERT, { scope, key, fence, deliveryIds: JSON.stringify(deliveryIds), now });
}
