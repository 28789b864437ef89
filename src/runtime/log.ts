import pino from "pino";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * One line per fact, with every id, duration and decision in its fields. A field is never a text of a person, a token,
 * a secret or a whole peer id.
 */
export interface Log {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
  fatal(fields: Fields, message: string): void;
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

export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };

/** The name and message of whatever was thrown, for a log field. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}
