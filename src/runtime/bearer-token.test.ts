/** Goal: every spelling of a bearer token that HTTP allows is accepted, and nothing else. */
import { expect, test } from "vitest";
import { hasBearer } from "./bearer-token.ts";

const TOKEN = "s3cret-t0ken";

test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER ${TOKEN}`, `Bearer   ${TOKEN}`, `Bearer ${TOKEN} `])(
  "%j is let in",
  (header) => {
    expect(hasBearer(header, TOKEN)).toBe(true);
  },
);

test.each([
  undefined,
  "",
  "Bearer",
  "Bearer ",
  TOKEN,
  `Basic ${TOKEN}`,
  `Bearer${TOKEN}`,
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(0, -1)}`,
  `Bearer ${TOKEN.toUpperCase()}`,
  `Bearer ${TOKEN},Bearer ${TOKEN}`,
  `x Bearer ${TOKEN}`,
  "Bearer ☃",
])("%j is not", (header) => {
  expect(hasBearer(header, TOKEN)).toBe(false);
});

test("a token of any length is compared without an error", () => {
  expect(hasBearer(`Bearer ${"x".repeat(10_000)}`, TOKEN)).toBe(false);
  expect(hasBearer("Bearer x", "y".repeat(10_000))).toBe(false);
});
