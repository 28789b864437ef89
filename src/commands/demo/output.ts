import { styleText } from "node:util";
import type { Clock } from "../../runtime/clock.ts";
import type { LogLine } from "./gateway-process.ts";

export interface DemoOutput {
  /** A line of the gateway's log: selected ones are printed, and every warning. */
  line(line: LogLine): void;
  /** Resolves with the next line of that message. */
  next(message: string): Promise<void>;
  /** Starts the time measurement for a new message. */
  begin(): void;
  print(part: string, text: string): void;
}

type Fields = Readonly<Record<string, unknown>>;

/** Demo text by log message; others are not printed. */
const PARTS: Readonly<Record<string, (fields: Fields) => readonly [part: string, text: string]>> = {
  "event accepted": (f) => ["stored", `signature valid, committed to disk: ${short(f.eventId)}`],
  "duplicate event": (f) => ["duplicate", `already stored: ${short(f.eventId)}`],
  "skip replying due to redelivery": (f) => ["duplicate", `a redelivered copy, already stored: ${short(f.eventId)}`],
  "turn handed to the agent": (f) => [
    "turn",
    `${plural(f.events, "event")} after ${f.waitedMs} ms: ${short(f.turnId)}, attempt ${f.attempt}, fence ${f.fence}`,
  ],
  "turn answered": (f) => [
    "agent",
    `answered with ${plural(f.replies, "reply", "replies")}: turn done, delivery queued`,
  ],
  receipt: (f) => ["receipt", `receipt from the platform: ${f.status}`],
  "delivery sent": (f) => [String(f.route), `${route(f)}: HTTP ${f.status} in ${f.callMs} ms`],
};

function route(fields: Fields): string {
  if (fields.route === "session") return "sent within the 24 hours after the person's message";
  return fields.route === "reply" ? "sent by the free reply token" : "sent as a paid push";
}

export function createDemoOutput(clock: Clock, write: (text: string) => void): DemoOutput {
  let startedAt = clock.now();

  function print(part: string, text: string): void {
    const time = `${String(clock.now() - startedAt).padStart(6)} ms`;
    write(`${styleText("dim", time)}  ${styleText("cyan", part.padEnd(9))}  ${text}\n`);
  }

  const waiting = new Map<string, () => void>();

  return {
    line({ level, time: _, msg, ...fields }) {
      waiting.get(msg)?.();
      waiting.delete(msg);
      const part = PARTS[msg]?.(fields);
      if (part !== undefined) print(...part);
      else if (level !== "info") print("warning", `${msg} ${JSON.stringify(fields)}`);
    },
    next(message) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(message, resolve);
      return promise;
    },
    begin: () => {
      startedAt = clock.now();
    },
    print,
  };
}

function short(id: unknown): string {
  // The beginning of an id is the time; only its end differs.
  const [prefix, rest = ""] = String(id).split("_");
  return `${prefix}_…${rest.slice(-6)}`;
}

function plural(count: unknown, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
