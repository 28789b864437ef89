/**
 * Rows of lists, as the keys walk them. A row is marked `data-row`; what opens it (a link, a button) is marked `data-opens` and
 * has the focus, so that Enter opens it without any code; its checkbox, if it has one, is marked `data-selects`.
 */
export const ROW = "[data-row]";

/** What has the focus when somebody is on the row. */
export function opener(row: HTMLElement): HTMLElement {
  return row.querySelector<HTMLElement>("[data-opens]") ?? row;
}

/** Where somebody was last on each page, by the value of `data-row`: the keys go on from there, also after Back. */
const lastRows = new Map<string, string | undefined>();

/** Whether there was a row to go to. */
export function moveRow(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>(`main ${ROW}`)].filter((row) => row.checkVisibility());
  const here = rows.indexOf(currentRow(rows) ?? document.body);
  const seen = by === 1 ? rows.find(isInSight) : rows.findLast(isInSight);
  // A list that was just scrolled to its end has none in sight until it is drawn anew.
  const next = here === -1 ? (seen ?? rows.at(by === 1 ? 0 : -1)) : rows[here + by];
  if (next === undefined) return false;
  lastRows.set(location.pathname, next.dataset.row);
  opener(next).focus();
  return true;
}

/** Whether there was a row to select. */
export function selectRow(): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>(`main ${ROW}`)];
  const box = currentRow(rows)?.querySelector<HTMLElement>("[data-selects]");
  box?.click();
  return box !== null && box !== undefined;
}

function currentRow(rows: readonly HTMLElement[]): HTMLElement | undefined {
  const focused = document.activeElement?.closest<HTMLElement>(ROW);
  const last = lastRows.get(location.pathname);
  return focused ?? rows.find((row) => row.dataset.row === last);
}

/** Inside what scrolls it, or inside the window. */
function isInSight(row: HTMLElement): boolean {
  const { top, bottom } = row.getBoundingClientRect();
  const box = row.closest("[data-scrolls]")?.getBoundingClientRect();
  return top >= Math.max(0, box?.top ?? 0) && bottom <= Math.min(innerHeight, box?.bottom ?? innerHeight);
}
