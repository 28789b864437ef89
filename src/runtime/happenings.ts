import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** One fact of the log: ids, durations and decisions, never a text, a token or a secret. */
export interface Happening {
  /** Grows; of this process only. */
  readonly number: number;
  readonly at: number;
  readonly level: "info" | "warn" | "error" | "fatal";
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null | undefined>>;
}

/** The newest facts, for whoever looks on. It forgets: what must be known stands in the database. */
export interface Happenings {
  /** Kept facts behind that number, oldest first. */
  since(number: number): readonly Happening[];
  /** The newest number so far. */
  newest(): number;
  /** Calls `onNext` for each fact that comes. Calling the result ends it. */
  follow(onNext: (happening: Happening) => void): () => void;
}

/** A busy gateway writes some hundred lines a second: a few seconds of them, and minutes of a quiet one. */
const KEPT = 2_000;

/** A log that also keeps its newest lines. Debug lines are left out. */
export function keepHappenings(log: Log, clock: Clock): { readonly log: Log; readonly happenings: Happenings } {
  const kept: Happening[] = [];
  const followers = new Set<(happening: Happening) => void>();
  let newest = 0;

  const at =
    (level: Happening["level"]) =>
    (fields: Happening["fields"], message: string): void => {
      log[level](fields, message);
      const happening = { number: ++newest, at: clock.now(), level, message, fields };
      // Twice as many for a moment, so that it is cut once in so many lines.
      if (kept.push(happening) >= 2 * KEPT) kept.splice(0, KEPT);
      for (const tell of followers) tell(happening);
    };

  return {
    log: {
      debug: (fields, message) => log.debug(fields, message),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      fatal: at("fatal"),
    },
    happenings: {
      since: (number) => kept.filter((happening) => happening.number > number).slice(-KEPT),
      newest: () => newest,
      follow(onNext) {
        followers.add(onNext);
        return () => void followers.delete(onNext);
      },
    },
  };
}
