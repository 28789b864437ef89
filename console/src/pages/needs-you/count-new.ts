/** How many of the newest aren't in the list that is read. */
export function countNew(newest: readonly { readonly id: string }[], read: readonly { readonly id: string }[]): number {
  const known = new Set(read.map(({ id }) => id));
  return newest.filter(({ id }) => !known.has(id)).length;
}
