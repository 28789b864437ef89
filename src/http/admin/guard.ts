import { isIP } from "node:net";
import type { MiddlewareHandler } from "hono";
import { hasBearer } from "../bearer.ts";
import { problem } from "./problem.ts";

/**
 * Who may ask. With a token, whoever shows it. Without one the port is on loopback, and then a page in the operator's own
 * browser could ask, too: by a name that it made to lead here (DNS rebinding), which the Host header shows, or across
 * origins, which the Origin header shows.
 */
export function guard(token: string | null): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    if (token === null && !isLoopbackHost(host)) {
      return problem(c, 403, "without TURNPIKE_ADMIN_TOKEN only localhost and loopback addresses are answered");
    }
    const origin = c.req.header("origin");
    if (origin !== undefined && URL.parse(origin)?.host !== host) {
      return problem(c, 403, "the request comes from a page of another origin");
    }
    if (token !== null && !hasBearer(c.req.header("authorization"), token)) {
      return problem(c, 401, "send Authorization: Bearer <TURNPIKE_ADMIN_TOKEN>");
    }
    c.header("cache-control", "no-store");
    c.header("x-content-type-options", "nosniff");
    return await next();
  };
}

function isLoopbackHost(host: string): boolean {
  const name = URL.parse(`http://${host}`)?.hostname ?? "";
  return name === "localhost" || name === "[::1]" || (isIP(name) === 4 && name.startsWith("127."));
}
