import { z } from "zod";
import { Misconfigured } from "../core/errors.ts";

/** What a setting's value may be, and how it is read from a text. */
export interface Kind<T = unknown> {
  /** Of the value as a program or a file has it: a number, a list. */
  readonly schema: z.ZodType<T>;
  /** What a refusal says after `allowed:`. */
  readonly allowed: string;
  /** An environment's text as such a value. What can't be one stays a text, and the schema refuses it. */
  readonly fromText: (text: string) => unknown;
  /** In YAML it must be a text: of 0123 or 1e3 without quotes the digits that were meant are lost. */
  readonly isText: boolean;
  /** `secret`: never shown. `address`: shown unless it may hold a password or a key. */
  readonly secrecy: "open" | "secret" | "address";
  /** One that is taken, as the environment has it; `null` where none can be invented. */
  readonly example: string | null;
  /** One that is refused: each setting is tried with both. */
  readonly malformed: string;
}

/** Throws `Misconfigured` with the field, what was read and what is allowed. */
export function check<T>(field: string, kind: Kind<T>, value: unknown): T {
  const read = kind.schema.safeParse(value);
  if (read.success) return read.data;
  throw new Misconfigured(refusal(field, kind, value, read.error));
}

/** `leaseMs: read 999; allowed: whole milliseconds, 1000 to 86400000` */
export function refusal(field: string, kind: Kind, value: unknown, error: z.ZodError): string {
  // Within a text there is no place to name.
  const path = typeof value === "string" ? [] : (error.issues[0]?.path ?? []);
  const within = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return `${field}${within}: read ${shown(kind, value)}; allowed: ${kind.allowed}`;
}

/** The longest that is repeated of what somebody wrote. */
const SHOWN_MAX = 80;

/** What a message may say of a value. */
export function shown(kind: Kind, value: unknown): string {
  const isHidden =
    kind.secrecy === "secret" || (kind.secrecy === "address" && (typeof value !== "string" || mayHoldSecret(value)));
  if (isHidden && typeof value === "string") return `a value of ${value.length} characters`;
  if (isHidden) return Array.isArray(value) ? `a list of ${value.length}` : `a value of type ${typeof value}`;
  if (typeof value === "number") return String(value);
  return String(JSON.stringify(value)).slice(0, SHOWN_MAX);
}

/** An address may carry a password before `@`, or a key in its query. */
export function mayHoldSecret(address: string): boolean {
  return /[@?&]/.test(address);
}

const OPEN = { secrecy: "open", isText: false, fromText: (text: string): unknown => text } as const;
const TEXT = { ...OPEN, isText: true } as const;
const SECRET = { ...TEXT, secrecy: "secret" } as const;

// Not Number(text) alone: it takes "", "0x10" and "1e3" for numbers.
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

/** At most a day, unless `most` says otherwise. */
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

/** YAML's own words are true and false; on and off are texts there. */
export const flag: Kind<boolean> = {
  ...OPEN,
  schema: z.boolean(),
  allowed: "on, off, true, false",
  fromText: (text) => (Object.hasOwn(FLAGS, text) ? FLAGS[text] : text),
  example: "on",
  malformed: "yes",
};

/** One word, such as a host. */
export const word: Kind<string> = {
  ...TEXT,
  schema: z.string().regex(/^\S+$/),
  allowed: "a text without spaces",
  example: "localhost",
  malformed: "a b",
};

/** A token of our own. */
export const secretWord: Kind<string> = { ...word, secrecy: "secret" };

/** What a hash is made with: long enough that nobody finds it by trying. */
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

/** Several while one is being rotated. */
export const credentials: Kind<readonly string[]> = {
  ...SECRET,
  schema: z.array(z.string().regex(ASCII)).min(1),
  allowed: "printable ASCII without spaces; several, separated by commas, while one is rotated",
  fromText: byCommas,
  example: "new, old",
  malformed: "hush hush",
};

/** Several texts: ids, or what a rule looks for. */
export const words: Kind<readonly string[]> = {
  ...TEXT,
  schema: z.array(z.string().regex(/^[^\s,]+$/)),
  allowed: "texts without spaces, separated by commas",
  fromText: byCommas,
  example: "Uann,Ubob",
  malformed: "Uann Ubob",
};

/** A list of the platform's or our own words. */
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

/** Something that a pattern tells. */
export function textLike(
  pattern: RegExp,
  allowed: string,
  tried: { readonly example: string; readonly malformed: string },
): Kind<string> {
  return { ...TEXT, schema: z.string().regex(pattern), allowed, ...tried };
}

/** Our name for an account or an agent: a part of a URL's path and of log lines. */
export const shortName: Kind<string> = textLike(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  "1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first",
  { example: "shop", malformed: "a/b" },
);

/** An address that calls go to: their paths are appended to it. */
export const baseUrl: Kind<string> = {
  ...TEXT,
  schema: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/[?#@]/.test(url))
    .overwrite((url) => url.replace(/\/+$/, "")),
  allowed: "an absolute http or https address without user, query and fragment",
  secrecy: "address",
  example: "http://127.0.0.1:9000/api",
  malformed: "ftp://api.example",
};

/** An address that is called as it stands. */
export const httpUrl: Kind<string> = {
  ...TEXT,
  schema: z.url({ protocol: /^https?$/ }),
  allowed: "an absolute http or https address",
  secrecy: "address",
  example: "http://127.0.0.1:3000/turns",
  malformed: "ws://127.0.0.1/",
};

/** A text without spaces around it, up to so many UTF-16 units. */
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

/** The value of a JSON text; the text itself when it is none. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its own words repeat a part of the text. What isn't JSON is refused by the schema.
    return text;
  }
}
