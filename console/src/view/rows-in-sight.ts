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
