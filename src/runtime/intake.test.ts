import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createIntake } from "./intake.ts";

test("an account has room for so many at once, and what is full for one is not for another", () => {
  const intake = createIntake(manualClock(), { atOnce: 2, perSecond: 0 });
  const first = intake.enter(["line/a"]);
  expect(intake.enter(["line/a"]).kind).toBe("entered");
  expect(intake.enter(["line/b", "line/a"])).toEqual({ kind: "full", account: "line/a" });
  // What was refused took no room at the others.
  expect([intake.enter(["line/b"]).kind, intake.enter(["line/b"]).kind]).toEqual(["entered", "entered"]);
  if (first.kind === "entered") first.leave();
  expect(intake.enter(["line/a"]).kind).toBe("entered");
  expect(intake.enter(["line/a"])).toEqual({ kind: "full", account: "line/a" });
});

test("an account may have so many in a second; without that limit as many as come", async () => {
  const clock = manualClock();
  const intake = createIntake(clock, { atOnce: 1_000, perSecond: 2 });
  const kinds = (count: number) => Array.from({ length: count }, () => intake.enter(["line/a"]).kind);
  expect(kinds(3)).toEqual(["entered", "entered", "too-many"]);
  expect(intake.enter(["line/b"]).kind).toBe("entered");
  await clock.advance(1_000);
  expect(kinds(3)).toEqual(["entered", "entered", "too-many"]);
});
