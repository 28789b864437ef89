import { createHash, timingSafeEqual } from "node:crypto";

/** Both sides are hashed first, so that neither length nor prefix shows in time. */
export function isToken(given: string, token: string): boolean {
  return timingSafeEqual(sha256(given), sha256(token));
}

/** The token of an `Authorization: Bearer …` header; `null` without one. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +(.+)$/i.exec(header ?? "")?.[1]?.trim() ?? null;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest();
