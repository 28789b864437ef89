import { waitMs } from "../../core/batch.ts";
import { statement } from "../statement.ts";
import type { Due } from "../store.ts";
import type { Transaction } from "../transaction.ts";

interface Row {
  turn_id: string;
  due_at: number;
  max_wait_ms: number;
}

const SELECT_DUE = statement<{ now: number; limit: number }, Row>(`
  SELECT turn_id, due_at, max_wait_ms FROM turn WHERE state = 'collecting' AND due_at <= :now
  ORDER BY due_at LIMIT :limit`);

const SELECT_NEXT = statement<{ now: number }, { due_at: number | null }>(
  "SELECT min(due_at) AS due_at FROM turn WHERE state = 'collecting' AND due_at > :now",
);

// If the clock was set back, the turns from before are those furthest in the future.
const SELECT_LATEST = statement<{ limit: number }, Row>(
  "SELECT turn_id, due_at, max_wait_ms FROM turn WHERE state = 'collecting' ORDER BY due_at DESC LIMIT :limit",
);

export async function dueTurns(tx: Transaction, limit: number): Promise<Due<string>> {
  const now = tx.now();
  const isDue = (row: Row) => waitMs(row.due_at, now, row.max_wait_ms) === 0;
  const latest = await tx.get(SELECT_LATEST, { limit: 1 });
  if (latest === undefined) return { due: [], nextInMs: null };
  // Pipelined: one round trip.
  const [rows, selected] = await Promise.all([tx.all(SELECT_DUE, { now, limit }), tx.get(SELECT_NEXT, { now })]);
  if (isDue(latest)) rows.push(...(await tx.all(SELECT_LATEST, { limit })).filter(isDue));
  const next = selected?.due_at ?? null;
  return {
    due: [...new Set(rows.map((row) => row.turn_id))].slice(0, limit),
    nextInMs: next === null ? null : waitMs(next, now, latest.max_wait_ms),
  };
}
