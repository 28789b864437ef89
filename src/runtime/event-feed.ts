import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { LogFields } from "./log-fields.ts";

/** One log line: ids, durations and decisions, never a token or a secret, and message content only with `logPayloads`. */
export interface FeedEntry {
  /** Grows; of this process only. */
  readonly number: number;
  readonly at: number;
  readonly level: "info" | "warn" | "error" | "fatal";
  readonly message: string;
  readonly fields: LogFields;
}

/** The newest log lines, for the admin API. A bounded buffer: what must last is in the database. */
export interface EventFeed {
  /** Kept entries after that number, oldest first. */
  since(number: number): readonly FeedEntry[];
  newest(): number;
  /** Calls `onNext` for each new entry. Calling the result ends it. */
  follow(onNext: (entry: FeedEntry) => void): () => void;
}

/** A busy gateway writes some hundred lines a second: this keeps a few seconds of them. */
const ENTRIES_MAX = 2_000;

/**
 * A log that also keeps its newest lines, including those below the level of what is written. Debug lines are left out.
 * It is behind the redacting log, so that nothing is kept that may not be written.
 */
export function createEventFeed(log: Log, clock: Clock): { readonly log: Log; readonly eventFeed: EventFeed } {
  const kept: FeedEntry[] = [];
  const followers = new Set<(entry: FeedEntry) => void>();
  let newest = 0;

  const atLevel =
    (level: FeedEntry["level"]) =>
    (fields: LogFields, message: string): void => {
      log[level](fields, message);
      const entry = { number: ++newest, at: clock.now(), level, message, fields };
      // Up to twice as many, so that the array is trimmed only once every ENTRIES_MAX lines.
      if (kept.push(entry) >= 2 * ENTRIES_MAX) kept.splice(0, ENTRIES_MAX);
      for (const onNext of followers) onNext(entry);
    };

  return {
    log: {
      debug: (fields, message) => log.debug(fields, message),
      info: atLevel("info"),
      warn: atLevel("warn"),
      error: atLevel("error"),
      fatal: atLevel("fatal"),
      isLevelEnabled: (level) => level !== "debug" || log.isLevelEnabled?.(level) !== false,
    },
    eventFeed: {
      since: (number) => kept.filter((entry) => entry.number > number).slice(-ENTRIES_MAX),
      newest: () => newest,
      follow(onNext) {
        followers.add(onNext);
        return () => void followers.delete(onNext);
      },
    },
  };
}
