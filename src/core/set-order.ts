/** What of an event its order in a turn depends on. */
export interface Ordered {
  readonly sentAt: number;
  readonly setId: string | null;
  readonly setIndex: number | null;
}

/**
 * The events of a turn in the order in which the person sent them. The parts of a set stand together, by their own order, at
 * the place of the set's earliest: a platform sends them in any order, and so are their times. Other events keep their order.
 */
export function inOrder<T extends Ordered>(events: readonly T[]): readonly T[] {
  if (events.every(({ setId }) => setId === null)) return events;
  const earliest = new Map<string, number>();
  for (const { setId, sentAt } of events) {
    if (setId !== null) earliest.set(setId, Math.min(sentAt, earliest.get(setId) ?? sentAt));
  }
  const first = new Map<string, number>();
  const placed = events.map((event, at) => {
    const { setId, sentAt } = event;
    if (setId === null) return { event, sentAt, at, index: 0 };
    if (!first.has(setId)) first.set(setId, at);
    return { event, sentAt: earliest.get(setId) ?? sentAt, at: first.get(setId) ?? at, index: event.setIndex ?? 0 };
  });
  return placed.toSorted((a, b) => a.sentAt - b.sentAt || a.at - b.at || a.index - b.index).map(({ event }) => event);
}
