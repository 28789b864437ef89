import type { Clock } from "./clock.ts";
import { setNewest } from "./lru.ts";

/** A copy of an event that was there already. */
export interface EventCopy {
  /** When it came, epoch ms. */
  readonly at: number;
  /** The platform marks it as a redelivery. */
  readonly redelivered: boolean;
  /** It prolonged the event's reply token. */
  readonly tokenRefreshed: boolean;
}

export interface Copies {
  readonly count: number;
  /** At most `COPIES_KEPT`, oldest first. */
  readonly newest: readonly EventCopy[];
  /** Copies that came to this process from then on are known, epoch ms. Of those before, and to other processes, nothing is. */
  readonly knownSince: number;
}

/** Copies that came to this process. On disk each would cost the ack a write. */
export interface EventCopies {
  came(eventId: string, copy: Omit<EventCopy, "at">): void;
  of(eventId: string): Copies;
}

export const COPIES_KEPT = 20;
/** Events whose copies are kept, the least recently copied one is dropped first: some 2 MB at most. */
export const EVENTS_KEPT = 1_000;

interface Kept {
  count: number;
  readonly newest: EventCopy[];
}

export function createEventCopies(clock: Pick<Clock, "now">): EventCopies {
  const events = new Map<string, Kept>();
  let knownSince = clock.now();
  return {
    came(eventId, copy) {
      const known = events.get(eventId);
      // One is dropped: of an event without copies here it isn't known any more whether it had some.
      if (known === undefined && events.size === EVENTS_KEPT) knownSince = clock.now();
      const kept = known ?? { count: 0, newest: [] };
      kept.count += 1;
      kept.newest.push({ at: clock.now(), ...copy });
      if (kept.newest.length > COPIES_KEPT) kept.newest.shift();
      setNewest(events, eventId, kept, EVENTS_KEPT);
    },
    of(eventId) {
      const { count, newest } = events.get(eventId) ?? { count: 0, newest: [] };
      return { count, newest: [...newest], knownSince };
    },
  };
}
