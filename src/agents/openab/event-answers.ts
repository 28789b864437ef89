import { setNewest } from "../../runtime/lru.ts";

/** The cores that got an event, and the one that answered it. */
interface EventRecord<Core> {
  readonly given: Core[];
  answeredBy: Core | null;
}

/** Size of the LRU cache of events. */
const CACHE_SIZE = 10_000;

/**
 * Distinguishes a further part of an answer, which is delivered, from a second answer to the same event, which isn't.
 * In memory: after a restart a second answer is delivered, because losing a part is worse.
 */
export class EventAnswers<Core> {
  readonly #events = new Map<string, EventRecord<Core>>();

  given(eventIds: readonly string[], core: Core): void {
    for (const eventId of eventIds) {
      const record = this.#events.get(eventId) ?? { given: [], answeredBy: null };
      record.given.push(core);
      setNewest(this.#events, eventId, record, CACHE_SIZE);
    }
  }

  answered(eventIds: readonly string[], core: Core): void {
    for (const eventId of eventIds) {
      const record = this.#events.get(eventId);
      if (record !== undefined) record.answeredBy ??= core;
    }
  }

  /** True if the event was given to this core twice, or another core has answered it. */
  isSecondAnswer(eventId: string, core: Core): boolean {
    const record = this.#events.get(eventId);
    if (record === undefined || !record.given.includes(core)) return false;
    if (record.given.filter((one) => one === core).length > 1) return true;
    return record.answeredBy !== null && record.answeredBy !== core;
  }
}
