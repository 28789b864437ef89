import pino from "pino";
import type { FieldName, LogFields } from "./log-fields.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Nothing beside the listed fields, whichever way the object was put together. */
type Listed<F> = LogFields & { readonly [Name in Exclude<keyof F, FieldName>]: never };

/**
 * One line per fact, with every id, duration and decision in its fields. Only fields of `log-fields.ts` can be given;
 * what may be written of them is decided in `log-guard.ts`, which stands in front of every log of a gateway.
 */
export interface Log {
  debug<F extends object>(fields: F & Listed<F>, message: string): void;
  info<F extends object>(fields: F & Listed<F>, message: string): void;
  warn<F extends object>(fields: F & Listed<F>, message: string): void;
  error<F extends object>(fields: F & Listed<F>, message: string): void;
  fatal<F extends object>(fields: F & Listed<F>, message: string): void;
  /** Whether lines of that level are written. Default: they are. */
  isLevelEnabled?(level: string): boolean;
}

/** A log that keeps the lines of one turn of the event loop together; `flush` writes them before an abrupt end. */
export interface JsonLog extends Log {
  flush(): void;
}

/**
 * JSON lines on standard output, written once per turn of the event loop: a write a line would cost as much as a commit.
 */
export function jsonLog(level: LogLevel): JsonLog {
  let lines = "";
  const flush = () => {
    const text = lines;
    lines = "";
    if (text !== "") process.stdout.write(text);
  };
  // Whoever read the log is gone, or its disk is full: there is nobody to tell, and the work goes on.
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", nothing);
  // An end by `process.exit` leaves no next turn.
  process.once("exit", flush);
  const perTurn = {
    write(line: string) {
      if (lines === "") setImmediate(flush);
      lines += line;
    },
  };
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return Object.assign(pino(options, perTurn), { flush });
}

const nothing = () => {};

export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  isLevelEnabled: () => false,
};

/** The name and message of whatever was thrown, for a log field. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // V8's own words show the beginning of what was parsed, which may be a person's.
  if (error instanceof SyntaxError) return "SyntaxError: it can't be parsed";
  return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}
