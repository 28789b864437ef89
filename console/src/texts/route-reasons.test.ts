import { expect, test } from "vitest";
import { ROUTE_REASON_CODES, ROUTE_REASONS } from "../../../src/core/route-reason.ts";
import { messages } from "./catalogues/en.ts";

test.each(ROUTE_REASON_CODES)("the console says of %s what the log and the command line say", (code) => {
  expect(messages[`route.reason.${code}`]).toBe(ROUTE_REASONS[code]);
});
