import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import { type FieldKind, type FieldValue, kindOf, type LogFields } from "./log-fields.ts";
import { createLogLimit } from "./log-limit.ts";
import type { Redactor } from "./redaction.ts";

type Level = Exclude<keyof Log, "isLevelEnabled">;
type Line = Readonly<Record<string, unknown>>;

/** Lines that any client can cause: they are rate limited. */
const RATE_LIMITED_MESSAGES: ReadonlySet<string> = new Set([
  "webhook refused",
  "webhook refused: the platform will send it again",
  "webhook for an account that isn't ours",
  "event not stored: the platform is told to send it again",
  "receipt not stored: the platform is told to send it again",
  "agent refused: its token is missing or wrong",
  "agent's frame not understood",
  "agent's socket failed",
  "agent's request refused",
  "sign-in refused",
  "not ready: the store can't commit",
  "request failed",
]);

export interface RedactingLogOptions {
  readonly clock: Clock;
  /** Redacts our secrets in a sentence. */
  readonly redact: Redactor;
  /**
   * Key of the hash that stands for people's ids. With it one can tell whether a line is about a person whose id one knows.
   * Default: random, for this process only.
   */
  readonly key?: string;
  /** Message content and people's whole ids are written. Secrets never are. */
  readonly payloads: boolean;
}

/** A log that wraps another. `close` writes the counts of the lines that were left out. */
interface RedactingLog extends Log {
  close(): void;
}

/**
 * The one place that decides what is written. A field that isn't on the allow-list is left out, also where a cast got past
 * the types; the others are redacted by their kind. Rate-limited lines are counted.
 */
export function redactingLog(log: Log, options: RedactingLogOptions): RedactingLog {
  const limit = createLogLimit(options.clock);
  const key = createSecretKey(options.key === undefined ? randomBytes(32) : Buffer.from(options.key));
  const rules: Rules = { ...options, key, hashes: new Map() };
  const whenClean: Rules = { ...rules, redact: unchanged };
  const write = (level: Level, fields: Line, message: string) => {
    // Nearly no line holds anything to redact: a dozen texts are looked at as one.
    const isClean = options.redact.isClean(textsOf(fields));
    log[level](redactFields(fields, isClean ? whenClean : rules), message);
  };
  const atLevel =
    (level: Level) =>
    (fields: Line, message: string): void => {
      // A line that isn't written isn't redacted either.
      if (log.isLevelEnabled?.(level) === false) return;
      if (!RATE_LIMITED_MESSAGES.has(message) || isAdmitted(level, fields, message)) write(level, fields, message);
    };
  function isAdmitted(level: Level, { channel, account, code, path }: Line, message: string): boolean {
    const report = (more: number) => write(level, { channel, account, code, path, more }, message);
    return limit.admits(JSON.stringify([message, channel, account, code, path]), report);
  }
  return {
    debug: atLevel("debug"),
    info: atLevel("info"),
    warn: atLevel("warn"),
    error: atLevel("error"),
    fatal: atLevel("fatal"),
    close: () => limit.close(),
  };
}

interface Rules extends Pick<RedactingLogOptions, "payloads"> {
  readonly redact: (text: string) => string;
  readonly key: KeyObject;
  readonly hashes: Map<string, string>;
}

const unchanged = (text: string) => text;

function textsOf(fields: Line): string {
  let texts = "";
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (typeof value === "string") texts += `${value}\n`;
  }
  return texts;
}

function redactFields(fields: Line, options: Rules): LogFields {
  const written: Record<string, FieldValue> = {};
  let dropped = 0;
  for (const name of Object.keys(fields)) {
    const kind = kindOf(name);
    const value = fields[name];
    if (kind === undefined) dropped += 1;
    else if (value !== undefined && (kind !== "payload" || options.payloads))
      written[name] = redactValue(kind, value, options);
  }
  // Not their names: those may be message content too.
  return dropped === 0 ? written : { ...written, dropped };
}

const ID = /^[\w.:/+=@%~,-]{1,200}$/;
const ODD = "(odd)";
const SENTENCE_MAX = 400;
const PAYLOAD_MAX = 10_000;

function redactValue(kind: FieldKind, value: unknown, options: Rules): FieldValue {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "string") return ODD;
  switch (kind) {
    case "id":
      return ID.test(value) ? options.redact(value) : ODD;
    case "platform-id":
      if (!ID.test(value)) return ODD;
      return options.payloads || !containsPhoneNumber(value) ? options.redact(value) : `id_${hash(value, options)}`;
    case "value":
      return ISO_TIME.test(value) ? value : ODD;
    case "sentence":
      return withoutIds(options.redact(value)).slice(0, SENTENCE_MAX);
    case "peer":
      return options.payloads ? value : `peer_${hash(value, options)}`;
    case "payload":
      return options.redact(value).slice(0, PAYLOAD_MAX);
    default:
      return kind satisfies never;
  }
}

/** Removes LINE's ids of people, groups and rooms, and numbers as long as a phone number or a page-scoped id. */
function withoutIds(sentence: string): string {
  return sentence.replace(/\b[UCR][0-9a-f]{32}\b|\d{9,}/g, "(id)");
}

const ISO_TIME = /^[\d.:TZ+-]{1,40}$/;

/** Cached hashes: people write several messages in a row. */
const HASHES_MAX = 1_000;

/** 64 bits: among a million people the probability of a collision is below 1 in 30 million. */
function hash(value: string, { key, hashes }: Rules): string {
  const known = hashes.get(value);
  if (known !== undefined) return known;
  const made = createHmac("sha256", key).update(value).digest("hex").slice(0, 16);
  if (hashes.size >= HASHES_MAX) hashes.clear();
  hashes.set(value, made);
  return made;
}

/** WhatsApp's message ids contain the person's phone number, in base64 (`wamid.HBgL…`). */
function containsPhoneNumber(id: string): boolean {
  return /\d{7}/.test(Buffer.from(id.split(".").at(-1) ?? "", "base64").toString("latin1"));
}
