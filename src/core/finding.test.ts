/** Goal: a clock that is a little off is fine, and one that makes signatures fail is a fault. */
import { expect, test } from "vitest";
import { compareClocks } from "./finding.ts";

test.each([
  [0, "ok", /agrees with/],
  [9_999, "ok", /agrees with/],
  [-10_000, "warning", /10 s behind the moon's/],
  [59_999, "warning", /60 s ahead of the moon's/],
  [-60_000, "fault", /60 s behind/],
  [86_400_000, "fault", /86400 s ahead of/],
] as const)("%i ms off: %s", (offMs, level, found) => {
  const finding = compareClocks("clock", { ours: 1_000_000_000 + offMs, theirs: 1_000_000_000, whose: "the moon's" });
  expect(finding).toMatchObject({ check: "clock", level, found: expect.stringMatching(found) });
});
