import { z } from "zod";
import { Misconfigured } from "../core/errors.ts";

/** Type of a setting: validation, and conversion from text. */
export interface Kind<T = unknown> {
  /** Schema of the value in a program or a file, such as a number or a list. */
  readonly schema: z.ZodType<T>;
  /** Allowed values, for messages after `allowed:`. */
  readonly allowed: string;
  /** Converts a text of the environment; returns it unchanged if it can't, and the schema refuses it. */
  readonly fromText: (text: string) => unknown;
  /** In YAML it must be a quoted text: an unquoted 0123 or 1e3 would lose digits. */
  readonly isText: boolean;
  /** `secret`: never shown. `address`: shown unless it may contain a password or a key. */
  readonly secrecy: "open" | "secret" | "address";
  /** A valid value as text, for tests; `null` where none can be invented. */
  readonly example: string | null;
  /** An invalid value as text, for tests. */
  readonly malformed: string;
}

/** Validates. Throws `Misconfigured` with the field, what was read and what is allowed. */
export function check<T>(field: string, kind: Kind<T>, value: unknown): T {
  const read = kind.schema.safeParse(value);
  if (read.success) return read.data;
  throw new Misconfigured(refusal(field, kind, value, read.error));
}

/** `leaseMs: read 999; allowed: whole milliseconds, 1000 to 86400000` */
export function refusal(field: string, kind: Kind, value: unknown, error: z.ZodError): string {
  // A text has no inner path.
  const path = typeof value === "string" ? [] : (error.issues[0]?.path ?? []);
  const within = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return `${field}${within}: read ${shown(kind, value)}; allowed: ${kind.allowed}`;
}

/** Maximum length of a value quoted in a message. */
const SHOWN_MAX = 80;

/** A value for a message, with secrets redacted. */
export function shown(kind: Kind, value: unknown): string {
  const isHidden =
    kind.secrecy === "secret" || (kind.secrecy === "address" && (typeof value !== "string" || mayHoldSecret(value)));
  if (isHidden && typeof value === "string") return `a value of ${value.length} characters`;
  if (isHidden) return Array.isArray(value) ? `a list of ${value.length}` : `a value of type ${typeof value}`;
  if (typeof value === "number") return String(value);
  return String(JSON.stringify(value)).slice(0, SHOWN_MAX);
}

/** A URL may contain a password before `@`, or a key in its query. */
export function mayHoldSecret(address: string): boolean {
  return /[@?&]/.test(address);
}

const OPEN = { secrecy: "open", isText: false, fromText: (text: string): unknown => text } as const;
const TEXT = { ...OPEN, isText: true } as const;
const SECRET = { ...TEXT, secrecy: "secret" } as const;

// Not Number(text) alone, which accepts "", "0x10" and "1e3".
const digits = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text);

export function wholeNumber(least: number, most: number, allowed?: string): Kind<number> {
  return {
    ...OPEN,
    schema: z.int().min(least).max(most),
    allowed: allowed ?? `a whole number, ${least} to ${most}`,
    fromText: digits,
    example: String(least),
    malformed: "1e3",
  };
}

const DAY_MS = 86_400_000;

/** At most one day by default. */
export function milliseconds(least: number, most = DAY_MS): Kind<number> {
  return wholeNumber(least, most, `whole milliseconds, ${least} to ${most}`);
}

export const port: Kind<number> = wholeNumber(0, 65_535, "a port number, 0 to 65535");

export function oneOf<const T extends string>(values: readonly [T, ...T[]]): Kind<T> {
  return {
    ...OPEN,
    schema: z.enum(values),
    allowed: values.join(", "),
    example: values[0],
    malformed: `${values[0]}-`,
  };
}

const FLAGS: Readonly<Record<string, boolean>> = { on: true, true: true, off: false, false: false };

/** YAML has true and false; on and off are texts there. */
export const flag: Kind<boolean> = {
  ...OPEN,
  schema: z.boolean(),
  allowed: "on, off, true, false",
  fromText: (text) => (Object.hasOwn(FLAGS, text) ? FLAGS[text] : text),
  example: "on",
  malformed: "yes",
};

/** A text without spaces, such as a host. */
export const unspacedText: Kind<string> = {
  ...TEXT,
  schema: z.string().regex(/^\S+$/),
  allowed: "a text without spaces",
  example: "localhost",
  malformed: "a b",
};

/** A token of the gateway. */
export const secretText: Kind<string> = { ...unspacedText, secrecy: "secret" };

/** The key of a hash, long enough against brute force. */
export const secretKey: Kind<string> = {
  ...SECRET,
  schema: z.string().regex(/^\S{16,}$/),
  allowed: "a text of at least 16 characters without spaces",
  example: "the-key-of-our-logs",
  malformed: "hush-hush",
};

const ASCII = /^[\x21-\x7e]+$/;

/** A platform's secret or token. */
export const credential: Kind<string> = {
  ...SECRET,
  schema: z.string().regex(ASCII),
  allowed: "printable ASCII without spaces",
  example: "s3cret",
  malformed: "hush hush",
};

const byCommas = (text: string): unknown => text.split(",").map((part) => part.trim());

/** Several during a rotation. */
export const credentials: Kind<readonly string[]> = {
  ...SECRET,
  schema: z.array(z.string().regex(ASCII)).min(1),
  allowed: "printable ASCII without spaces; several, separated by commas, during a rotation",
  fromText: byCommas,
  example: "new, old",
  malformed: "hush hush",
};

/** A list of texts, such as ids. */
export const textList: Kind<readonly string[]> = {
  ...TEXT,
  schema: z.array(z.string().regex(/^[^\s,]+$/)),
  allowed: "texts without spaces, separated by commas",
  fromText: byCommas,
  example: "Uann,Ubob",
  malformed: "Uann Ubob",
};

export function someOf(values: readonly [string, ...string[]]): Kind<readonly string[]> {
  return {
    ...OPEN,
    schema: z.array(z.enum(values)).min(1),
    allowed: `a list of ${values.join(", ")}`,
    fromText: byCommas,
    example: values.slice(0, 2).join(","),
    malformed: `${values[0]}-`,
  };
}

export function textLike(
  pattern: RegExp,
  allowed: string,
  tried: { readonly example: string; readonly malformed: string },
): Kind<string> {
  return { ...TEXT, schema: z.string().regex(pattern), allowed, ...tried };
}

/** Name of an account or an agent, which is part of URL paths and log lines. */
export const shortName: Kind<string> = textLike(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  "1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first",
  { example: "shop", malformed: "a/b" },
);

/** Base URL of an API: paths are appended. */
export const baseUrl: Kind<string> = {
  ...TEXT,
  schema: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/[?#@]/.test(url))
    .overwrite((url) => url.replace(/\/+$/, "")),
  allowed: "an absolute http or https URL without user, query and fragment",
  secrecy: "address",
  example: "http://127.0.0.1:9000/api",
  malformed: "ftp://api.example",
};

/** A complete URL. */
export const httpUrl: Kind<string> = {
  ...TEXT,
  schema: z.url({ protocol: /^https?$/ }),
  allowed: "an absolute http or https URL",
  secrecy: "address",
  example: "http://127.0.0.1:3000/turns",
  malformed: "ws://127.0.0.1/",
};

/** A trimmed text of up to `most` UTF-16 units. */
export function textUpTo(most: number, example: string): Kind<string> {
  return {
    ...TEXT,
    schema: z.string().trim().min(1).max(most),
    allowed: `1 to ${most} characters`,
    example,
    malformed: "x".repeat(most + 1),
  };
}

/** JSON in the environment, a map or a list in YAML. */
export function structure<T>(schema: z.ZodType<T>, allowed: string, example: string): Kind<T> {
  return { ...OPEN, schema, allowed, fromText: fromJson, example, malformed: "{" };
}

/** The value of a JSON text; the text itself if it isn't JSON. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the parser's message, which quotes the text. The schema refuses it.
    return text;
  }
}
