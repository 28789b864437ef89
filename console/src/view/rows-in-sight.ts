/** The rows of a list that are on screen, and a few beyond. Every row is as high as the others. */
export function rowsInSight(
  { scrollTop, height }: { readonly scrollTop: number; readonly height: number },
  rowHeight: number,
  count: number,
): { readonly from: number; readonly to: number } {
  const beyond = 8;
  const from = Math.min(Math.max(0, Math.floor(scrollTop / rowHeight) - beyond), count);
  return { from, to: Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + beyond) };
}

/**
 * The rows to draw: those, and the one that has the focus with its neighbours, wherever they are. It would lose the focus, and
 * the keys would have nowhere to go. `focused` is -1 where none has it.
 */
export function drawnRows(
  { from, to }: { readonly from: number; readonly to: number },
  focused: number,
  count: number,
): readonly number[] {
  const rows = new Set(Array.from({ length: to - from }, (_, index) => from + index));
  if (focused !== -1) for (const row of [focused - 1, focused, focused + 1]) if (row >= 0 && row < count) rows.add(row);
  return [...rows].toSorted((a, b) => a - b);
}
