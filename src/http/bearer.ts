import { bearerOf, isToken } from "../agents/token.ts";

/** Whether the header has the token, compared in constant time. */
export function hasBearer(header: string | undefined, token: string): boolean {
  const given = bearerOf(header);
  return given !== null && isToken(given, token);
}
