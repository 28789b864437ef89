import type { Context } from "hono";

type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 429 | 500 | 503;

const TITLES: Readonly<Record<ProblemStatus, string>> = {
  400: "Bad request",
  401: "Not authorized",
  403: "Forbidden",
  404: "Not found",
  409: "Conflict",
  410: "Gone",
  413: "Too large",
  415: "Not JSON",
  429: "Too many tries",
  500: "Internal error",
  503: "Try again",
};

const RETRIED: ReadonlySet<ProblemStatus> = new Set([429, 503]);

/** An error as RFC 9457 problem details. The detail never quotes the request. */
export function problem(c: Context, status: ProblemStatus, detail: string, more: object = {}, waitS = 1): Response {
  const headers = {
    "content-type": "application/problem+json",
    ...(RETRIED.has(status) && { "retry-after": String(waitS) }),
  };
  return c.body(
    JSON.stringify({ type: "about:blank", title: TITLES[status], status, detail, ...more }),
    status,
    headers,
  );
}
