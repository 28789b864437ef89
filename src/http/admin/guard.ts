import type { Context, MiddlewareHandler } from "hono";
import { type AdminRight, type AdminToken, LOOPBACK_ACTOR } from "../../core/admin-token.ts";
import { bearerOf, isToken } from "../../runtime/bearer-token.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { ClientAddresses } from "../client-address.ts";
import type { FetchEnv } from "../rate-limited-fetch.ts";
import { onlyReads, sessionRequestProblem } from "./browser.ts";
import { onlyJson } from "./json-body.ts";
import { problem } from "./problem.ts";
import { readSession } from "./session.ts";
import { createWrongTokens, type WrongTokens } from "./wrong-tokens.ts";

/** Who sends a request. */
export interface Identity {
  /** The token's name. */
  readonly actor: string;
  readonly right: AdminRight;
  /** When its session ends (epoch ms); `null`: it has none. What goes on for long ends then. */
  readonly until: number | null;
}

/** Who may do what on the admin port. */
export interface Access {
  /** Empty on loopback, where everybody may do everything. */
  readonly tokens: readonly AdminToken[];
  readonly clock: Clock;
  readonly wrongTokens: WrongTokens;
  /** Key of the back-off: the client's address. */
  clientOf(c: Context): string;
}

export function createAccess(
  tokens: readonly AdminToken[],
  { clock, clientAddresses }: { readonly clock: Clock; readonly clientAddresses: ClientAddresses },
): Access {
  return {
    tokens,
    clock,
    wrongTokens: createWrongTokens(clock),
    clientOf(c) {
      const { incoming } = (c.env as FetchEnv) ?? {};
      // In a private network each address is a client of its own.
      return clientAddresses.nameOf(incoming) ?? incoming?.socket.remoteAddress ?? "unknown";
    },
  };
}

const IDENTITY = "identity";

/** The actor of an action, for the audit log. Behind the guard only. */
export function actorOf(c: Context): string {
  return identityOf(c).actor;
}

/** Who sent the request. Behind the guard only. */
export function identityOf(c: Context): Identity {
  return c.get(IDENTITY) as Identity;
}

/**
 * Authorization of the admin port, its metrics included: by a bearer token or by the console's session. Whoever may only
 * read is refused everything else, of every path.
 */
export function guard(access: Access): MiddlewareHandler {
  return async (c, next) => {
    const identity = await identify(c, access);
    if (identity instanceof Response) return identity;
    if (identity.right === "read" && !onlyReads(c)) {
      return problem(c, 403, `the token ${identity.actor} has the right read; allowed: one with operate`);
    }
    c.set(IDENTITY, identity);
    c.header("cache-control", "no-store");
    return await next();
  };
}

async function identify(c: Context, access: Access): Promise<Identity | Response> {
  const { tokens, clock } = access;
  if (tokens.length === 0) return { actor: LOOPBACK_ACTOR, right: "operate", until: null };
  // A proxy's own authorization of the operator, such as Basic, may come along with the session.
  const bearer = bearerOf(c.req.header("authorization"));
  if (bearer !== null) return byBearer(c, access, bearer);
  const session = readSession(c, tokens, clock.now());
  if (session === null) return problem(c, 401, "sign in, or send Authorization: Bearer <TURNPIKE_ADMIN_TOKEN>");
  const { token, scheme, expires } = session;
  if (onlyReads(c)) return asIdentity(token, expires);
  const notJson = await onlyJson(c, async () => undefined);
  return notJson ?? sessionRequestProblem(c, scheme) ?? asIdentity(token, expires);
}

function byBearer(c: Context, access: Access, bearer: string): Identity | Response {
  const client = access.clientOf(c);
  const waitS = access.wrongTokens.waitS(client);
  if (waitS !== null) return tooManyTokens(c, waitS);
  const token = tokenOf(access.tokens, bearer);
  if (token !== null) return asIdentity(token, null);
  access.wrongTokens.sent(client, bearer);
  return problem(c, 401, "send Authorization: Bearer <TURNPIKE_ADMIN_TOKEN>");
}

/** All are compared, in constant time each, so that the time doesn't tell which one it is like. */
export function tokenOf(tokens: readonly AdminToken[], given: string): AdminToken | null {
  return tokens.reduce<AdminToken | null>((found, one) => (isToken(given, one.token) ? one : found), null);
}

export function tooManyTokens(c: Context, waitS: number): Response {
  return problem(c, 429, `too many wrong tokens: try again in ${waitS} s`, {}, waitS);
}

const asIdentity = ({ name: actor, right }: AdminToken, until: number | null): Identity => ({ actor, right, until });
