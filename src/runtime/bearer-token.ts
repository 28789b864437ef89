import { createHash, timingSafeEqual } from "node:crypto";

/** Constant-time comparison. Both are hashed first, so that the time reveals neither length nor prefix. */
export function isToken(given: string, token: string): boolean {
  return timingSafeEqual(sha256(given), sha256(token));
}

/** The token of an `Authorization: Bearer …` header; `null` without one. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +(.+)$/i.exec(header ?? "")?.[1]?.trim() ?? null;
}

/** Whether the header has the token, compared in constant time. */
export function hasBearer(header: string | undefined, token: string): boolean {
  const given = bearerOf(header);
  return given !== null && isToken(given, token);
}

const sha256 = (text: string) => createHash("sha256").update(text).digest();
