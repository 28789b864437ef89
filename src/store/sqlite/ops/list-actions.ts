import type { Page, PageQuery, RecordedAction } from "../../operator.ts";
import { ACTION_COLUMNS, type ActionRow, cursorOf, placeOf, toAction } from "../../operator-rows.ts";
import type { Context } from "./context.ts";

export function prepareListActions({ db }: Context) {
  const select = db.prepare<[{ at: number; id: string; limit: number }], ActionRow>(`
    SELECT ${ACTION_COLUMNS} FROM operator_action AS o
    WHERE (o.at, o.item_id) < (:at, :id) ORDER BY o.at DESC, o.item_id DESC LIMIT :limit`);

  return function listActions({ limit, before }: PageQuery): Page<RecordedAction> {
    const rows = select.all({ ...placeOf(before), limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last !== undefined ? cursorOf({ at: last.at, id: last.item_id }) : null;
    return { items: page.map(toAction), next };
  };
}
