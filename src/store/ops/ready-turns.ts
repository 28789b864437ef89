import type { Dialect } from "../dialect.ts";
import { isOfAccounts } from "../rows.ts";
import { statement } from "../statement.ts";
import type { Due } from "../store.ts";
import type { Transaction } from "../transaction.ts";

interface Query {
  now: number;
  limit: number;
}

const SELECT = statement<Query, { turn_id: string }>((dialect) => selectReady(dialect, ""));

const SELECT_OF_ACCOUNTS = statement<Query & { accounts: readonly string[] }, { turn_id: string }>((dialect) =>
  selectReady(dialect, `AND ${isOfAccounts(dialect, ":accounts")}`),
);

const SELECT_NEXT = statement<{ now: number }, { due_at: number | null }>(
  "SELECT min(due_at) AS due_at FROM turn WHERE state = 'ready' AND due_at > :now",
);

export async function readyTurns(tx: Transaction, limit: number, accounts?: readonly string[]): Promise<Due<string>> {
  const now = tx.now();
  // Pipelined: one round trip.
  const [rows, selected] = await Promise.all([
    accounts === undefined ? tx.all(SELECT, { now, limit }) : tx.all(SELECT_OF_ACCOUNTS, { now, limit, accounts }),
    tx.get(SELECT_NEXT, { now }),
  ]);
  const next = selected?.due_at ?? null;
  return { due: rows.map((row) => row.turn_id), nextInMs: next === null ? null : next - now };
}

/** First of its conversation, with no leased turn there; the unique index on leased turns ensures it. */
function selectReady(dialect: Dialect, condition: string): string {
  return `
  SELECT t.turn_id FROM turn AS t JOIN conversation AS c ON c.conversation_id = t.conversation_id
  WHERE t.state = 'ready' AND t.due_at <= :now ${condition}
    AND NOT ${isBehind(dialect)}
  ORDER BY t.due_at LIMIT :limit`;
}

/** SQL: the ready turn `t` must wait for another of its conversation: one is leased, or one came before it. */
export function isBehind({ indexedBy }: Dialect): string {
  return `(
    EXISTS (SELECT 1 FROM turn AS busy WHERE busy.conversation_id = t.conversation_id AND busy.state = 'leased')
    OR EXISTS (SELECT 1 FROM turn AS first ${indexedBy("turn_ready_in_order")}
               WHERE first.conversation_id = t.conversation_id AND first.state = 'ready' AND first.seq < t.seq))`;
}
