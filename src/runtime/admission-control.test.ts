import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createAdmissionControl } from "./admission-control.ts";

test("each account has its own limit of webhooks in flight", () => {
  const admission = createAdmissionControl(manualClock(), { atOnce: 2, perSecond: 0 });
  const first = admission.acquire(["line/a"]);
  expect(admission.acquire(["line/a"]).kind).toBe("admitted");
  expect(admission.acquire(["line/b", "line/a"])).toEqual({ kind: "full", accountKey: "line/a" });
  // What was refused took no room at the others.
  expect([admission.acquire(["line/b"]).kind, admission.acquire(["line/b"]).kind]).toEqual(["admitted", "admitted"]);
  if (first.kind === "admitted") first.release();
  expect(admission.acquire(["line/a"]).kind).toBe("admitted");
  expect(admission.acquire(["line/a"])).toEqual({ kind: "full", accountKey: "line/a" });
});

test("each account has its own limit of webhooks a second, if one is set", async () => {
  const clock = manualClock();
  const admission = createAdmissionControl(clock, { atOnce: 1_000, perSecond: 2 });
  const kinds = (count: number) => Array.from({ length: count }, () => admission.acquire(["line/a"]).kind);
  expect(kinds(3)).toEqual(["admitted", "admitted", "too-many"]);
  expect(admission.acquire(["line/b"]).kind).toBe("admitted");
  await clock.advance(1_000);
  expect(kinds(3)).toEqual(["admitted", "admitted", "too-many"]);
});
