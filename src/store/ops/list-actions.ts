import type { Page, PageQuery } from "../operator.ts";
import type { RecordedAction } from "../operator-transcript.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { ACTION_COLUMNS, type ActionRow, formatCursor, parseCursor, toAction } from "./parts/operator-rows.ts";

const SELECT = statement<{ at: number; id: string; limit: number }, ActionRow>(`
  SELECT ${ACTION_COLUMNS} FROM operator_action AS o
  WHERE (o.at, o.item_id) < (:at, :id) ORDER BY o.at DESC, o.item_id DESC LIMIT :limit`);

export async function listActions(tx: Transaction, { limit, before }: PageQuery): Promise<Page<RecordedAction>> {
  const rows = await tx.all(SELECT, { ...parseCursor(before), limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last !== undefined ? formatCursor({ at: last.at, id: last.item_id }) : null;
  return { items: page.map(toAction), next };
}
