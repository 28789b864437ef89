/**
 * Tolerant readers of platforms' JSON: every field may be missing and every value unknown. Without a schema, for speed
 * before the ack.
 */
import { createHash } from "node:crypto";
import { Malformed } from "./channel.ts";

/** An object of unknown content. */
export type WireObject = Readonly<Record<string, unknown>>;

export function readObject(value: unknown): WireObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as WireObject) : null;
}

export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function readText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** An id, which may come as a number. */
export function readId(value: unknown): string | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : readText(value);
}

/** The largest valid `Date` (ECMAScript: 8.64e15 ms). */
const LATEST_DATE_MS = 8_640_000_000_000_000;

/** Epoch ms from a number or a text of digits in units of `unitMs`; 0 when there is none. */
export function readTime(value: unknown, unitMs: 1 | 1_000): number {
  const count = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value;
  const at = typeof count === "number" ? Math.floor(count * unitMs) : 0;
  return at > 0 && at <= LATEST_DATE_MS ? at : 0;
}

/** `null` for what isn't JSON: the parser's error would quote the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * An id for what has none: a hash of what was said. A redelivered copy has the same, because the order of fields doesn't
 * count.
 */
export function fingerprint(said: unknown): string {
  const canonical = JSON.stringify(said, (_key, inner: unknown) => {
    const object = readObject(inner);
    return object === null ? inner : Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return `hash:${createHash("sha256").update(canonical).digest("hex")}`;
}

const decoder = new TextDecoder();

/** The body of a webhook. Throws `Malformed`. */
export function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(body));
  } catch {
    // Without the parser's message, which quotes the body.
    throw new Malformed("the body is not JSON");
  }
}
