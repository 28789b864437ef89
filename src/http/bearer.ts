import { createHash, timingSafeEqual } from "node:crypto";

/** Whether the header carries the token. Both sides are hashed first, so that neither length nor prefix shows in time. */
export function hasBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(.+)$/i.exec(header ?? "")?.[1];
  if (given === undefined) return false;
  return timingSafeEqual(sha256(given.trim()), sha256(token));
}

const sha256 = (text: string) => createHash("sha256").update(text).digest();
