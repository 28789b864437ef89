import { createHmac, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { AdminToken } from "../../core/admin-token.ts";
import { isLoopbackHost } from "../../runtime/loopback-host.ts";
import { hostOf, type Scheme } from "./browser.ts";

/** A session ends this long after the sign-in, in ms, whatever is done meanwhile. */
export const SESSION_MS = 12 * 3_600_000;

const COOKIE = "turnpike";

/** The `__Host-` prefix: a browser takes the cookie from this very host over TLS only, and no other host can set one. */
const PREFIX = { https: "host", http: undefined } as const satisfies Record<Scheme, string | undefined>;

interface Session {
  readonly token: AdminToken;
  /** Of the page that was signed in. */
  readonly scheme: Scheme;
}

/**
 * Puts a session into a cookie. It is signed with a key of the token, and nothing is stored: all sessions of a token end
 * when the token is changed or removed, and processes with the same tokens share them. Over plain http a browser keeps no
 * `Secure` cookie; Safari keeps none even on loopback (httpwg/http-extensions#2605).
 */
export function beginSession(c: Context, { token, scheme }: Session, now: number): number {
  const expires = now + SESSION_MS;
  const value = `${token.name}.${expires}.${signatureOf({ token, scheme }, String(expires))}`;
  const common = { path: "/", httpOnly: true, sameSite: "Strict", maxAge: SESSION_MS / 1_000 } as const;
  if (scheme === "https") setCookie(c, COOKIE, value, { ...common, secure: true, prefix: "host" });
  else setCookie(c, COOKIE, value, common);
  return expires;
}

export function endSession(c: Context): void {
  deleteCookie(c, COOKIE, { path: "/", secure: true, prefix: "host" });
  deleteCookie(c, COOKIE, { path: "/" });
}

/** The session of the request's cookie; `null`: none, forged, expired, or of another token. */
export function readSession(
  c: Context,
  tokens: readonly AdminToken[],
  now: number,
): (Session & { readonly expires: number }) | null {
  const scheme: Scheme = getCookie(c, COOKIE, "host") === undefined ? "http" : "https";
  // Without its prefix any host of the same domain could have set it.
  if (scheme === "http" && !isLoopbackHost(hostOf(c))) return null;
  const cookie = getCookie(c, COOKIE, PREFIX[scheme]) ?? "";
  const [, name, expires = "", signature = ""] = /^(.{1,200})\.(\d{1,15})\.([\w-]{43})$/.exec(cookie) ?? [];
  const token = tokens.find((one) => one.name === name);
  if (token === undefined || !isEqual(signature, signatureOf({ token, scheme }, expires))) return null;
  return Number(expires) > now ? { token, scheme, expires: Number(expires) } : null;
}

function signatureOf({ token: { name, token }, scheme }: Session, expires: string): string {
  const key = createHmac("sha256", token).update("turnpike console session v1").digest();
  return createHmac("sha256", key).update([scheme, expires, name].join("\n")).digest("base64url");
}

function isEqual(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
