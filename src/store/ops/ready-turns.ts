import type { AccountKey } from "../../core/conversation.ts";
import type { Dialect } from "../dialect.ts";
import { runTogether } from "../run-together.ts";
import { statement } from "../statement.ts";
import type { Due, ReadyTurns } from "../store.ts";
import type { Transaction } from "../transaction.ts";

interface Query {
  accountKey: AccountKey;
  now: number;
  limit: number;
}

type OfKinds = Query & { kinds: readonly string[] };

interface Next {
  due_at: number | null;
}

/** SQL: the turn has not failed yet, or it has. Each has an index of its own. */
const UNFAILED = "failures = 0";
const FAILED = "failures > 0";

const SELECT = selects(UNFAILED);
const SELECT_FAILED = selects(FAILED);

export async function readyTurns(tx: Transaction, query: ReadyTurns): Promise<Due<string>> {
  const { accountKey, limit, failed, kinds } = query;
  const now = tx.now();
  const select = failed ? SELECT_FAILED : SELECT;
  const [rows, selected] = await runTogether([
    kinds === undefined
      ? tx.all(select.all, { accountKey, now, limit })
      : tx.all(select.ofKinds, { accountKey, now, limit, kinds }),
    tx.get(select.next, { accountKey, now }),
  ]);
  const next = selected?.due_at ?? null;
  return { due: rows.map((row) => row.turn_id), nextInMs: next === null ? null : next - now };
}

function selects(failures: string) {
  return {
    all: statement<Query, { turn_id: string }>((dialect) => selectReady(dialect, failures, "")),
    ofKinds: statement<OfKinds, { turn_id: string }>((dialect) =>
      selectReady(dialect, failures, `AND ${dialect.isIn("c.kind", ":kinds")}`),
    ),
    next: statement<Omit<Query, "limit">, Next>(`
  SELECT min(due_at) AS due_at FROM turn
  WHERE of_account = :accountKey AND state = 'ready' AND ${failures} AND due_at > :now`),
  };
}

/** First of its conversation, with no leased turn there; the unique index on leased turns ensures it. */
function selectReady(dialect: Dialect, failures: string, condition: string): string {
  return `
  SELECT t.turn_id FROM turn AS t JOIN conversation AS c ON c.conversation_id = t.conversation_id
  WHERE t.of_account = :accountKey AND t.state = 'ready' AND t.${failures} AND t.due_at <= :now ${condition}
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
