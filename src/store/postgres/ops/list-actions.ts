import type { Page, PageQuery, RecordedAction } from "../../operator.ts";
import { ACTION_COLUMNS, type ActionRow, cursorOf, placeOf, toAction } from "../../operator-rows.ts";
import type { Context } from "./context.ts";

export function prepareListActions({ db }: Context) {
  const select = db.prepare<[number, string, number], ActionRow>(`
    SELECT ${ACTION_COLUMNS} FROM operator_action AS o
    WHERE (o.at, o.item_id) < ($1, $2) ORDER BY o.at DESC, o.item_id DESC LIMIT $3`);

  return async function listActions({ limit, before }: PageQuery): Promise<Page<RecordedAction>> {
    const { at, id } = placeOf(before);
    const rows = await select.all(at, id, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last !== undefined ? cursorOf({ at: last.at, id: last.item_id }) : null;
    return { items: page.map(toAction), next };
  };
}
