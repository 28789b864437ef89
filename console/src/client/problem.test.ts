/** Goal: every failure of the API is understood, also one that a proxy answered. Method: examples of each. */
import { expect, test } from "vitest";
import { ApiProblem, passesByItself, problemFrom, retryDelayMs } from "./problem.ts";

test("a problem has the gateway's own words and says when to ask again", () => {
  const { message, facts } = problemFrom(503, "7", '{"detail":"the store is unavailable"}');
  expect(message).toBe("the store is unavailable");
  expect(facts).toMatchObject({ status: 503, retryAfterMs: 7_000, body: { detail: "the store is unavailable" } });
});

test.each(["<h1>Bad gateway</h1>", "", "null", '{"detail":5}'])("an answer of %j has no words", (text) => {
  const { message, facts } = problemFrom(502, null, text);
  expect(message).toBe("status 502");
  expect(facts).toMatchObject({ detail: "", retryAfterMs: null });
});

test.each([
  [0, true],
  [503, true],
  [401, false],
  [404, false],
  [500, false],
])("whether status %d passes by itself: %s", (status, passes) => {
  expect(passesByItself(problemFrom(status, null, ""))).toBe(passes);
});

test("what is no problem of the API doesn't pass by itself", () => {
  expect(passesByItself(new Error("a bug"))).toBe(false);
});

test("tries come further apart, up to ten seconds, and never before the gateway asked for one", () => {
  const silent = problemFrom(0, null, "");
  expect([0, 1, 2, 3, 4, 20].map((failures) => retryDelayMs(failures, silent))).toEqual([
    1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
  ]);
  expect(retryDelayMs(0, problemFrom(503, "30", ""))).toBe(30_000);
  expect(retryDelayMs(0, new ApiProblem({ status: 503, detail: "", retryAfterMs: 0, body: null }))).toBe(1_000);
});
