/** Goal: a sign-in never leads to another host. Method: addresses as attackers write them, and fast-check. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { nextPath } from "./next-path.ts";

const ORIGIN = "https://turnpike.test";

test.each(["/log?level=warn", "/overview", "/c/conv_1?turn=turn_2#end"])("%s is opened", (next) => {
  expect(nextPath(next, ORIGIN)).toBe(next);
});

test.each([
  undefined,
  "",
  "//evil.test",
  "/\\evil.test",
  "/\t/evil.test",
  "/.//evil.test",
  "https://evil.test/",
  "javascript:alert(1)",
  "log",
  "/sign-in?next=/log",
])("%j leads to the overview", (next) => {
  expect(nextPath(next, ORIGIN)).toBe("/overview");
});

test("whatever it says, the page is one of ours", () => {
  const parts = fc.array(
    fc.constantFrom("/", "\\", "..", ".", "\t", "\n", "%2f", "evil.test", "@", ":", "?", "#", "a"),
  );
  fc.assert(
    fc.property(parts, (some) => {
      const path = nextPath(`/${some.join("")}`, ORIGIN);
      expect(new URL(path, ORIGIN).origin).toBe(ORIGIN);
      expect(path).not.toMatch(/^\/[/\\]/);
    }),
  );
});
