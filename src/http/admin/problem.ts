import type { Context } from "hono";

type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 500 | 503;

const TITLES: Readonly<Record<ProblemStatus, string>> = {
  400: "Bad request",
  401: "Not authorized",
  403: "Forbidden",
  404: "Not found",
  409: "Conflict",
  413: "Body too large",
  415: "Not JSON",
  500: "Internal error",
  503: "Try again",
};

/** An error as RFC 9457 problem details. The detail never quotes the request. */
export function problem(c: Context, status: ProblemStatus, detail: string, more: object = {}): Response {
  const headers = { "content-type": "application/problem+json", ...(status === 503 && { "retry-after": "1" }) };
  return c.body(
    JSON.stringify({ type: "about:blank", title: TITLES[status], status, detail, ...more }),
    status,
    headers,
  );
}
