import pino from "pino";
import type { FieldName, LogFields } from "./log-fields.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Only listed fields, also in an object that was made elsewhere. */
type Listed<F> = LogFields & { readonly [Name in Exclude<keyof F, FieldName>]: never };

/**
 * One line per outcome, with every id, duration and decision in its fields. Only fields of `log-fields.ts` can be given;
 * `redacting-log.ts`, which wraps every log of a gateway, decides what is written of them.
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

/** A log that buffers the lines of one turn of the event loop; `flush` writes them before `process.exit`. */
export interface JsonLog extends Log {
  flush(): void;
}

/**
 * JSON lines on standard output, written once per turn of the event loop: a write per line would cost as much as a commit.
 */
export function jsonLog(level: LogLevel): JsonLog {
  let lines = "";
  const flush = () => {
    const text = lines;
    lines = "";
    if (text !== "") process.stdout.write(text);
  };
  // The reader of the log is gone, or its disk is full: the error can't be logged, and the gateway goes on.
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", nothing);
  // `process.exit` leaves no next turn of the event loop.
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

/** The code of a network error, or else its name. Its message may quote the request. */
export function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : String(name);
}

/** The name and message of a thrown value, for a log field. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // V8's message quotes the beginning of what was parsed, which may be message content.
  if (error instanceof SyntaxError) return "SyntaxError: it can't be parsed";
  return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}
