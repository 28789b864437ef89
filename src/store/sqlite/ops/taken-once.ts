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
  const select = db.prepare<[string, string], TakenRow>(
    "SELECT fence, delivery_ids FROM taken_once WHERE scope = ? AND key = ?",
  );
  // A key that was used under an older fence, without replies, belongs to the newer one now.
  const insert = db.prepare<[string, string, number, string, number]>(`
    INSERT INTO taken_once (scope, key, fence, delivery_ids, taken_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (scope, key) DO UPDATE SET fence = excluded.fence, delivery_ids = excluded.delivery_ids,
                                           taken_at = excluded.taken_at`);

  return {
    find(scope: string, key: string | null): Taken | null {
      const row = key === null ? undefined : select.get(scope, key);
      if (row === undefined) return null;
      return { fence: row.fence, deliveryIds: JSON.parse(row.delivery_ids) as string[] };
    },
    note(scope: string, key: string | null, taken: Taken, now: number): void {
      if (key === null) return;
      insert.run(scope, key, taken.fence, JSON.stringify(taken.deliveryIds), now);
    },
  };
}
