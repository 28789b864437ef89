/** Who was given an event, and whose answer ended its turn. */
interface Past<Core> {
  readonly given: Core[];
  answeredBy: Core | null;
}

/** Events that are remembered. */
const REMEMBERED = 10_000;

/**
 * What came of the newest events: enough to tell a further part of an answer, which the person should read, from a
 * second answer to the same event, which not. In memory: after a restart a second answer is let through, because a part
 * that is lost is worse.
 */
export class History<Core> {
  readonly #events = new Map<string, Past<Core>>();

  given(eventIds: readonly string[], core: Core): void {
    for (const eventId of eventIds) {
      const past = this.#events.get(eventId) ?? { given: [], answeredBy: null };
      past.given.push(core);
      this.#events.delete(eventId);
      this.#events.set(eventId, past);
    }
    for (const [oldest] of this.#events) {
      if (this.#events.size <= REMEMBERED) break;
      this.#events.delete(oldest);
    }
  }

  answered(eventIds: readonly string[], core: Core): void {
    for (const eventId of eventIds) {
      const past = this.#events.get(eventId);
      if (past !== undefined) past.answeredBy ??= core;
    }
  }

  /** The turn is over, and this core says something more about its event: it was asked twice, or another has answered. */
  isSecondAnswer(eventId: string, core: Core): boolean {
    const past = this.#events.get(eventId);
    if (past === undefined || !past.given.includes(core)) return false;
    if (past.given.filter((one) => one === core).length > 1) return true;
    return past.answeredBy !== null && past.answeredBy !== core;
  }
}
