import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

interface TakenRow {
  fence: number;
  delivery_ids: string;
}

export interface Taken {
  readonly fence: number;
  readonly deliveryIds: readonly string[];
}

/** The part of `answerTurn` and `queueMessages` that knows a repeat. `scope` is the turn or the conversation. */
export function prepareTakenOnce({ db }: Context) {
  const select = db.prepare<[...Key, string], TakenRow>(
    "SELECT fence, delivery_ids FROM taken_once WHERE slot = $1 AND scope = $2 AND key = $3",
  );
  // A key that was used under an older fence, without replies, belongs to the newer one now.
  const insert = db.prepare<[...Key, string, number, string, number]>(`
    INSERT INTO taken_once (slot, scope, key, fence, delivery_ids, taken_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (scope, key, slot) DO UPDATE SET fence = excluded.fence, delivery_ids = excluded.delivery_ids,
                                                 taken_at = excluded.taken_at`);

  return {
    async find(scope: string, key: string | null): Promise<Taken | null> {
      const row = key === null ? undefined : await select.get(...keyOf(scope), key);
      if (row === undefined) return null;
      return { fence: row.fence, deliveryIds: JSON.parse(row.delivery_ids) as string[] };
    },
    async note(scope: string, key: string | null, taken: Taken, now: number): Promise<void> {
      if (key === null) return;
      await insert.run(...keyOf(scope), key, taken.fence, JSON.stringify(taken.deliveryIds), now);
    },
  };
}
