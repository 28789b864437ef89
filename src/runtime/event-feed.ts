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
const KEPT = 2_000;

/**
 * A log that also keeps its newest lines, including those below the level of what is written. Debug lines are left out.
 * It is behind the redacting log, so that nothing is kept that may not be written.
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
      // Up to twice as many, so that the array is trimmed only once every KEPT lines.
      if (kept.push(entry) >= 2 * KEPT) kept.splice(0, KEPT);
      for (const onNext of followers) onNext(entry);
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
