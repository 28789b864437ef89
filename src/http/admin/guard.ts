import type { MiddlewareHandler } from "hono";
import { hasBearer } from "../../agents/token.ts";
import { isLoopbackHost } from "../../runtime/loopback-host.ts";
import { problem } from "./problem.ts";

/**
 * Authorization of the admin port, its metrics included. With a token, by the token. Without one the port is on loopback, where a page in the
 * operator's browser could still reach it: by DNS rebinding, which the Host header reveals, or across origins (CSRF),
 * which the Origin header reveals.
 */
export function guard(token: string | null): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    if (token === null && !isLoopbackHost(host)) {
      return problem(c, 403, "Host: without TURNPIKE_ADMIN_TOKEN allowed are localhost and loopback addresses");
    }
    const origin = c.req.header("origin");
    if (origin !== undefined && URL.parse(origin)?.host !== host) {
      return problem(c, 403, "Origin: read another origin; allowed is that of the Host header");
    }
    if (token !== null && !hasBearer(c.req.header("authorization"), token)) {
      return problem(c, 401, "send Authorization: Bearer <TURNPIKE_ADMIN_TOKEN>");
    }
    c.header("cache-control", "no-store");
    c.header("x-content-type-options", "nosniff");
    return await next();
  };
}
