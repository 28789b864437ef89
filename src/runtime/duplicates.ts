import type { Clock } from "./clock.ts";
import { setNewest } from "./lru.ts";

/** An event that came once more. */
export interface Duplicate {
  /** When it came, epoch ms. */
  readonly at: number;
  /** The platform marks it as a redelivery. */
  readonly redelivered: boolean;
  /** It prolonged the event's reply token. */
  readonly tokenRefreshed: boolean;
}

export interface Duplicates {
  readonly count: number;
  /** At most `DUPLICATES_KEPT`, oldest first. */
  readonly newest: readonly Duplicate[];
  /** Those that came to this process from then on are known, epoch ms. Of those before, and to other processes, nothing is. */
  readonly knownSince: number;
}

/** Duplicates that came to this process. On disk each would cost the ack a write. */
export interface EventDuplicates {
  came(eventId: string, duplicate: Omit<Duplicate, "at">): void;
  of(eventId: string): Duplicates;
}

export const DUPLICATES_KEPT = 20;
/** Events whose duplicates are kept, the one whose newest is oldest is dropped first: some 2 MB at most. */
export const EVENTS_KEPT = 1_000;

interface Kept {
  count: number;
  readonly newest: Duplicate[];
}

export function createEventDuplicates(clock: Pick<Clock, "now">): EventDuplicates {
  const events = new Map<string, Kept>();
  let knownSince = clock.now();
  return {
    came(eventId, duplicate) {
      const known = events.get(eventId);
      // One is dropped: of an event without duplicates here it isn't known any more whether it had some.
      if (known === undefined && events.size === EVENTS_KEPT) knownSince = clock.now();
      const kept = known ?? { count: 0, newest: [] };
      kept.count += 1;
      kept.newest.push({ at: clock.now(), ...duplicate });
      if (kept.newest.length > DUPLICATES_KEPT) kept.newest.shift();
      setNewest(events, eventId, kept, EVENTS_KEPT);
    },
    of(eventId) {
      const { count, newest } = events.get(eventId) ?? { count: 0, newest: [] };
      return { count, newest: [...newest], knownSince };
    },
  };
}
