import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { LogFields } from "./log-fields.ts";

/** One fact of the log: ids, durations and decisions, never a token or a secret, and a text only with `logPayloads`. */
export interface FeedEntry {
  /** Grows; of this process only. */
  readonly number: number;
  readonly at: number;
  readonly level: "info" | "warn" | "error" | "fatal";
  readonly message: string;
  readonly fields: LogFields;
}

/** The newest facts, for whoever looks on. It forgets: what must be known stands in the database. */
export interface EventFeed {
  /** Kept facts behind that number, oldest first. */
  since(number: number): readonly FeedEntry[];
  /** The newest number so far. */
  newest(): number;
  /** Calls `onNext` for each fact that comes. Calling the result ends it. */
  follow(onNext: (entry: FeedEntry) => void): () => void;
}

/** A busy gateway writes some hundred lines a second: a few seconds of them, and minutes of a quiet one. */
const KEPT = 2_000;

/**
 * A log that also keeps its newest lines, those too that are below the level of what is written. Debug lines are left out.
 * It stands behind the guard, so that nothing is kept that may not be written.
 */
export function createEventFeed(log: Log, clock: Clock): { readonly log: Log; readonly eventFeed: EventFeed } {
  const kept: FeedEntry[] = [];
  const followers = new Set<(entry: FeedEntry) => void>();
  let newest = 0;

  const at =
    (level: FeedEntry["level"]) =>
    (fields: LogFields, message: string): void => {
      log[level](fields, message);
      const entry = { number: ++newest, at: clock.now(), level, message, fields };
      // Twice as many for a moment, so that it is cut once in so many lines.
      if (kept.push(entry) >= 2 * KEPT) kept.splice(0, KEPT);
      for (const tell of followers) tell(entry);
    };

  return {
    log: {
      debug: (fields, message) => log.debug(fields, message),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      fatal: at("fatal"),
      isLevelEnabled: (level) => level !== "debug" || log.isLevelEnabled?.(level) !== false,
    },
    eventFeed: {
      since: (number) => kept.filter((entry) => entry.number > number).slice(-KEPT),
      newest: () => newest,
      follow(onNext) {
        followers.add(onNext);
        return () => void followers.delete(onNext);
      },
    },
  };
}
