/** Goal: what is final waits, what may be read twice is asked again, and a refusal is no failure. Method: examples. */
import { expect, test } from "vitest";
import { problemFrom } from "../client/problem.ts";
import { needsConfirmation, stateAfter, staysForUndo } from "./order.ts";

test("what is final on the gateway stays here for a time, and nothing else does", () => {
  expect((["replay", "discard", "sent", "resend"] as const).filter(staysForUndo)).toEqual(["discard", "sent"]);
});

test("what a person may read twice is asked again", () => {
  expect(needsConfirmation({ action: "replay", needsForce: false })).toBe(false);
  expect(needsConfirmation({ action: "replay", needsForce: true })).toBe(true);
  expect(needsConfirmation({ action: "resend", needsForce: false })).toBe(true);
});

test("a refusal says why, an item that is gone is gone, and all else is a failure that may be tried again", () => {
  const refused = { detail: "no", operated: { kind: "refused", why: "settles-itself", state: "unknown" } };
  expect(stateAfter(problemFrom(409, null, JSON.stringify(refused)))).toEqual({
    kind: "refused",
    why: "settles-itself",
  });
  expect(stateAfter(problemFrom(404, null, "{}"))).toEqual({ kind: "gone" });
  const others = [problemFrom(503, "1", "{}"), problemFrom(409, null, '{"detail":"other"}'), new Error("boom"), "boom"];
  expect(others.map((error) => stateAfter(error).kind)).toEqual(["failed", "failed", "failed", "failed"]);
});
