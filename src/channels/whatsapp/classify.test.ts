/** Goal: each answer of WhatsApp has the right outcome. Graph's codes have their own table in `meta/classify.test.ts`. */
import { expect, test } from "vitest";
import { classify, classifyFailure } from "./classify.ts";

const answered = (status: number, body: unknown) =>
  classify({
    phase: "answered",
    status,
    body: typeof body === "string" ? body : JSON.stringify(body),
    retryAfterMs: 0,
  });
const error = (code: number) => ({ error: { message: `(#${code}) words`, type: "OAuthException", code } });

test("a 200 is accepted, with the message's id, whatever else stands in it", () => {
  const ids = (body: unknown) => answered(200, body);
  expect(ids({ messages: [{ id: "wamid.1", message_status: "accepted" }] })).toEqual({
    kind: "sent",
    evidence: "accepted",
    platformMessageIds: ["wamid.1"],
  });
  for (const odd of ["", "{", "[]", { messages: "x" }, { messages: [{}] }]) {
    expect(ids(odd)).toMatchObject({ kind: "sent", platformMessageIds: [] });
  }
});

test.each([
  [400, 131_047, "window-closed"],
  [400, 131_056, "retry"],
  [400, 130_429, "rate-limited"],
  [429, 130_429, "rate-limited"],
  [500, 131_000, "retry"],
  [401, 190, "account-stopped"],
  [400, 131_009, "refused"],
  [400, 131_026, "refused"],
])("%i with code %i is %s", (status, code, kind) => {
  expect(answered(status, error(code))).toMatchObject({ kind });
});

test("a 502 without an envelope, and a call without an answer, are unknown", () => {
  expect(answered(502, "<html>")).toMatchObject({ kind: "unknown" });
  expect(classify({ phase: "no-answer", reason: "reset" })).toMatchObject({ kind: "unknown" });
  expect(classify({ phase: "not-sent", reason: "refused" })).toMatchObject({ kind: "retry" });
});

test("a failed status means what its code means", () => {
  expect(classifyFailure({ code: 131_047, reason: "131047: Re-engagement message" })).toMatchObject({
    kind: "window-closed",
  });
  expect(classifyFailure(null)).toMatchObject({ kind: "refused" });
  expect(classifyFailure({ code: 999_999, reason: "999999: new" })).toMatchObject({ kind: "refused" });
});
