import type { Context } from "hono";
import type { z } from "zod";
import { check } from "../../runtime/parse-json.ts";
import { problem } from "./problem.ts";
import { WORDS } from "./redact.ts";

/** The validated query, or a problem response. Fields in `several` may be repeated. */
export function readQuery<T>(c: Context, schema: z.ZodType<T>, several: readonly string[] = []): T | Response {
  const own = Object.entries(c.req.queries()).filter(([name]) => name !== WORDS);
  const given = own.map(([name, values]) => [
    name,
    several.includes(name) ? values.flatMap((value) => value.split(",")) : values[0],
  ]);
  const read = check(schema, Object.fromEntries(given), "", "the query");
  return read.ok ? read.value : problem(c, 400, read.reason);
}
