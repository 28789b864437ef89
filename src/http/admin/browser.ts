import type { Context, MiddlewareHandler } from "hono";
import { FOREIGN_PAGE, foreignPage } from "../../runtime/foreign-page.ts";
import { problem } from "./problem.ts";

export type Scheme = "http" | "https";

/** Every request of the console that isn't a GET carries it: a form can't, and a page of another origin may not. */
export const CONSOLE_HEADER = "x-turnpike-console";

const REFUSALS = {
  ...FOREIGN_PAGE,
  host: "Host: without TURNPIKE_ADMIN_TOKEN allowed are localhost and loopback addresses",
};

/**
 * What a browser says of the page behind a request, of every path, before anything else. `isOpen`: there is no token, so
 * the port is on loopback, where a page in the operator's browser could reach it by DNS rebinding, which the Host header
 * reveals, or across origins (CSRF), which `Origin` and `Sec-Fetch-Site` reveal.
 */
export function checkPage({ isOpen }: { readonly isOpen: boolean }): MiddlewareHandler {
  return async (c, next) => {
    const page = { host: hostOf(c), origin: c.req.header("origin"), site: c.req.header("sec-fetch-site") };
    const revealed = foreignPage(page, { isLoopbackOnly: isOpen, isLink: isLink(c) });
    if (revealed === null) return await next();
    const detail = REFUSALS[revealed];
    return isOpened(c) ? c.text(`Turnpike refuses this request. ${detail}\n`, 403) : problem(c, 403, detail);
  };
}

/** What a request with a session must have besides, unless it only reads; `null`: it has all. */
export function sessionRequestProblem(c: Context, scheme: Scheme): Response | null {
  const origin = c.req.header("origin");
  if (origin === undefined) return problem(c, 403, "Origin: read nothing; a request with a session must name its own");
  if (schemeOf(c) !== scheme) return problem(c, 403, `Origin: the session is one of an ${scheme} page`);
  if (c.req.header(CONSOLE_HEADER) === undefined) return problem(c, 403, `${CONSOLE_HEADER}: this header is missing`);
  return null;
}

export function hostOf(c: Context): string {
  return c.req.header("host") ?? new URL(c.req.url).host;
}

/** As the browser sees it: TLS may end at a proxy, which the page's origin reveals. */
export function schemeOf(c: Context): Scheme {
  const url = URL.parse(c.req.header("origin") ?? "") ?? new URL(c.req.url);
  return url.protocol === "https:" ? "https" : "http";
}

export function onlyReads({ req: { method } }: Context): boolean {
  return method === "GET" || method === "HEAD";
}

/** Somebody opens it in a browser, which off loopback says so by `Accept` alone, and reads a sentence rather than JSON. */
function isOpened(c: Context): boolean {
  return onlyReads(c) && c.req.header("accept")?.includes("text/html") === true;
}

/** A link to the console, which may be followed from anywhere. */
function isLink(c: Context): boolean {
  const isNavigation = c.req.header("sec-fetch-mode") === "navigate" && c.req.header("sec-fetch-dest") === "document";
  return isNavigation && onlyReads(c) && !/^\/(api|metrics)(\/|$)/.test(c.req.path);
}
