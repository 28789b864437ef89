import type { z } from "zod";
import { isTooDeep, JSON_DEPTH_MAX } from "../core/json-depth.ts";

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

const encoder = new TextEncoder();

/** Parses untrusted JSON. The reason names the field, what was read and what is allowed. */
export function parse<T>(schema: z.ZodType<T>, text: string, what = "the body"): Parsed<T> {
  if (isTooDeep(encoder.encode(text))) {
    return { ok: false, reason: `${what}: read more than ${JSON_DEPTH_MAX} levels of nesting` };
  }
  let value: unknown;
  try {
    // RFC 8259 §8.1: a byte order mark may be ignored.
    value = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch {
    return { ok: false, reason: `${what} is not JSON (${text.length} characters read)` };
  }
  return check(schema, value, "", what);
}

/** `root` is the prefix of field names. The reason never quotes a value, which may be a person's message. */
export function check<T>(schema: z.ZodType<T>, value: unknown, root: string, what = "the body"): Parsed<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const [issue] = result.error.issues;
  if (issue === undefined) return { ok: false, reason: `${what}: has an unexpected form` };
  const field = [root, ...issue.path].filter((part) => part !== "").join(".");
  const read = kindOf(issue.path.reduce<unknown>(fieldOf, value));
  return { ok: false, reason: `${field || what}: read ${read}; allowed is ${allowedBy(issue)}` };
}

function fieldOf(value: unknown, name: PropertyKey): unknown {
  // A plain string is short for a text reply.
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[name] : undefined;
}

/** The kind of a value and its size, never the value. */
function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string") return `a text of ${value.length} characters`;
  return { number: "a number", boolean: "true or false", object: "an object" }[typeof value as string] ?? typeof value;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  undefined: "nothing",
};

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return KINDS[issue.expected] ?? issue.expected;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unitOf(issue.origin)}`;
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_union": {
      const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
      return options.length > 0 ? `one of ${options.map((one) => JSON.stringify(one)).join(", ")}` : "another form";
    }
    default:
      return issue.message.replace(/^must be /, "");
  }
}

function unitOf(origin: string): string {
  return { string: " characters", array: " entries" }[origin] ?? "";
}
