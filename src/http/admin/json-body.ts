import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { problem } from "./problem.ts";

const BODY_LIMIT_BYTES = 16 * 1024;

export const limit = bodyLimit({
  maxSize: BODY_LIMIT_BYTES,
  onError: (c) => problem(c, 413, `the body is over ${BODY_LIMIT_BYTES} bytes`),
});

/** CSRF: a form of another origin can post text without a preflight request, but not JSON. */
export const onlyJson: MiddlewareHandler = async (c, next) => {
  if (/^application\/json *(;|$)/i.test(c.req.header("content-type") ?? "")) return await next();
  return problem(c, 415, "send content-type: application/json");
};
