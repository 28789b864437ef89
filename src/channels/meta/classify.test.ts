/**
 * Goal: every error that Meta's pages describe has its meaning, whatever the HTTP status, and an unlisted code is
 * never taken for certain.
 * Method: each code of the two tables, written down a second time, with the status that Graph says it with.
 */
import { describe, expect, test } from "vitest";
import type { Reached } from "../platform-client.ts";
import { GRAPH_CODES } from "./classify/codes.ts";
import { classifyError, classifyGraph } from "./classify.ts";

const ids = (body: string) => (JSON.parse(body) as { message_id: string }).message_id.split(",");

function answered(status: number, body: unknown, retryAfterMs = 0): Reached {
  const text = body === null || typeof body === "string" ? body : JSON.stringify(body);
  return { phase: "answered", status, body: text, retryAfterMs };
}

function envelope(code: number, subcode?: number) {
  return {
    error: { message: `(#${code}) words`, type: "OAuthException", code, error_subcode: subcode, fbtrace_id: "A" },
  };
}

/** Messenger's codes (§2.5), then WhatsApp's (§3.6), as the platforms' pages class them. */
const TABLE: readonly (readonly [code: number, subcode: number | undefined, status: number, kind: string])[] = [
  [1, undefined, 500, "unknown"],
  [1, 99, 400, "unknown"],
  [1, 1_357_046, 500, "unknown"],
  [2, undefined, 500, "retry"],
  [2, undefined, 503, "retry"],
  [4, undefined, 400, "rate-limited"],
  [4, undefined, 429, "rate-limited"],
  [4, 2_018_022, 400, "rate-limited"],
  [613, undefined, 400, "rate-limited"],
  [17, undefined, 400, "rate-limited"],
  [32, undefined, 400, "rate-limited"],
  [10, 2_018_278, 400, "window-closed"],
  [10, 2_534_022, 403, "window-closed"],
  [10, 2_018_065, 400, "window-closed"],
  [10, 2_018_108, 400, "window-closed"],
  [200, 2_018_028, 400, "window-closed"],
  [33, undefined, 400, "account-stopped"],
  [100, 33, 400, "account-stopped"],
  [80_001, undefined, 403, "rate-limited"],
  [80_001, undefined, 400, "rate-limited"],
  [80_006, undefined, 400, "rate-limited"],
  [80_006, undefined, 403, "rate-limited"],
  [9, 2_018_352, 400, "retry"],
  [100, 2_494_100, 400, "retry"],
  [10, 1_893_063, 400, "account-stopped"],
  [10, undefined, 403, "account-stopped"],
  [100, 2_018_001, 400, "refused"],
  [100, undefined, 400, "refused"],
  [100, undefined, 500, "refused"],
  [190, undefined, 401, "account-stopped"],
  [190, 460, 400, "account-stopped"],
  [200, undefined, 403, "account-stopped"],
  [230, undefined, 400, "account-stopped"],
  [299, undefined, 400, "account-stopped"],
  [551, undefined, 400, "window-closed"],
  [551, 1_545_041, 400, "window-closed"],
  [1_200, undefined, 400, "retry"],
  [10, 2_018_300, 400, "window-closed"],
  [100, 2_018_321, 400, "window-closed"],
  [2_018_300, undefined, 400, "window-closed"],
  [368, undefined, 400, "account-stopped"],
  [36_000, undefined, 400, "refused"],
  [80_007, undefined, 400, "rate-limited"],
  [130_429, undefined, 400, "rate-limited"],
  [130_429, undefined, 429, "rate-limited"],
  [429, undefined, 400, "rate-limited"],
  [131_000, undefined, 500, "retry"],
  [131_016, undefined, 500, "retry"],
  [131_056, undefined, 400, "retry"],
  [131_057, undefined, 500, "retry"],
  [133_004, undefined, 503, "retry"],
  [133_016, undefined, 400, "rate-limited"],
  [131_048, undefined, 400, "rate-limited"],
  [131_049, undefined, 400, "retry"],
  [131_053, undefined, 400, "media-failed"],
  [100, 2_018_008, 400, "media-failed"],
  [100, 2_018_047, 400, "media-failed"],
  [131_026, undefined, 400, "refused"],
  [131_047, undefined, 400, "window-closed"],
  [131_021, undefined, 400, "refused"],
  [131_050, undefined, 400, "refused"],
  [130_472, undefined, 400, "refused"],
  [131_062, undefined, 400, "refused"],
  [131_008, undefined, 400, "refused"],
  [131_009, undefined, 400, "refused"],
  [131_051, undefined, 400, "refused"],
  [131_052, undefined, 400, "refused"],
  [132_000, undefined, 400, "refused"],
  [132_001, undefined, 404, "refused"],
  [132_005, undefined, 400, "refused"],
  [132_007, undefined, 400, "refused"],
  [132_012, undefined, 400, "refused"],
  [132_015, undefined, 400, "refused"],
  [132_016, undefined, 400, "refused"],
  [131_005, undefined, 403, "account-stopped"],
  [131_031, undefined, 403, "account-stopped"],
  [131_042, undefined, 400, "account-stopped"],
  [131_045, undefined, 500, "account-stopped"],
  [133_010, undefined, 400, "account-stopped"],
  [131_037, undefined, 400, "account-stopped"],
];

describe("an error envelope", () => {
  test.each(TABLE)("%d/%s in an answer of %d is %s", (code, subcode, status, kind) => {
    const outcome = classifyGraph(answered(status, envelope(code, subcode)), ids);
    expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(String(code)) });
  });

  test("the table has no code that this one lacks", () => {
    const named = new Set(TABLE.flatMap(([code, subcode]) => [String(code), `${code}/${subcode}`, String(subcode)]));
    expect(Object.keys(GRAPH_CODES).filter((key) => !named.has(key))).toEqual([]);
  });

  test.each([
    [10, true],
    [200, true],
    [299, true],
    [190, undefined],
    [368, undefined],
    [33, undefined],
  ])("%i stops the account by suspicion: %s", (code, isSuspicion) => {
    const outcome = classifyGraph(answered(403, envelope(code)), ids);
    expect(outcome).toMatchObject({ kind: "account-stopped" });
    expect((outcome as { isSuspicion?: boolean }).isSuspicion).toBe(isSuspicion);
  });

  test.each([10, 100, 131_026])("is_transient makes a retry of %d, which else were a refusal", (code) => {
    const body = { error: { ...envelope(code).error, is_transient: true } };
    expect(classifyGraph(answered(400, body), ids).kind).toBe("retry");
  });

  test("an unknown subcode leaves the code's meaning", () => {
    expect(classifyGraph(answered(400, envelope(4, 77)), ids).kind).toBe("rate-limited");
  });

  test("numbers that come as texts are read", () => {
    const body = { error: { message: "no", code: "10", error_subcode: "2018278" } };
    expect(classifyGraph(answered(400, body), ids).kind).toBe("window-closed");
  });

  test.each([
    [400, "refused"],
    [404, "refused"],
    [401, "account-stopped"],
    [429, "rate-limited"],
    [500, "unknown"],
    [200, "unknown"],
  ])("with an unlisted code, in an answer of %d, is %s", (status, kind) => {
    expect(classifyGraph(answered(status, envelope(987_654)), ids).kind).toBe(kind);
  });

  test("with is_transient is tried again", () => {
    const body = { error: { code: 987_654, is_transient: true } };
    expect(classifyGraph(answered(500, body), ids).kind).toBe("retry");
  });

  test("waits as long as the code asks for, or longer if the answer says so", () => {
    expect(classifyGraph(answered(400, envelope(131_056)), ids)).toMatchObject({ retryAfterMs: 6_000 });
    expect(classifyGraph(answered(400, envelope(131_056), 60_000), ids)).toMatchObject({ retryAfterMs: 60_000 });
    expect(classifyGraph(answered(400, envelope(131_049)), ids)).toMatchObject({ retryAfterMs: 86_400_000 });
  });

  test("says whether a template helps: where the window has ended, not where the person can't be written to", () => {
    const isWindow = (code: number, subcode?: number) =>
      "isWindow" in classifyGraph(answered(400, envelope(code, subcode)), ids);
    expect([isWindow(131_047), isWindow(10, 2_018_278), isWindow(10, 2_534_022)]).toEqual([true, true, true]);
    expect([isWindow(551), isWindow(2_018_300), isWindow(10, 2_018_108)]).toEqual([false, false, false]);
  });

  test.each([
    [132_015, "to-everybody"],
    [132_001, "to-everybody"],
    [132_099, "to-everybody"],
    [131_049, "to-this-person"],
    [131_050, "to-this-person"],
    [130_472, "to-this-person"],
    [131_026, undefined],
  ])("%d says of a template that it is refused %s", (code, templateRefused) => {
    expect(classifyGraph(answered(400, envelope(code)), ids)).toMatchObject(templateRefused ? { templateRefused } : {});
    if (templateRefused === undefined)
      expect(classifyGraph(answered(400, envelope(code)), ids)).not.toHaveProperty("templateRefused");
  });

  test.each(["(#100) Failed to fetch the file from the url", "(#100) Upload attachment failure."])(
    "of code 100 and the words %s is about the medium, also without a subcode",
    (message) => {
      const error = { code: 100, subcode: null, message, isTransient: false };
      expect(classifyError(error, 400).kind).toBe("media-failed");
      expect(classifyError({ ...error, message: "(#100) Invalid parameter" }, 400).kind).toBe("refused");
    },
  );

  test("of a medium is tried twice also where Meta calls it transient", () => {
    const error = { code: 131_053, subcode: null, message: "Media upload error", isTransient: true };
    expect(classifyError(error, null).kind).toBe("media-failed");
  });

  test("in a webhook means what it means in an answer, and an unknown one there is certain: it was not delivered", () => {
    const error = { subcode: null, message: "Re-engagement message", isTransient: false };
    expect(classifyError({ ...error, code: 131_047 }, null)).toEqual({
      kind: "window-closed",
      reason: "131047: Re-engagement message",
      isWindow: true,
    });
    expect(classifyError({ ...error, code: 987_654 }, null).kind).toBe("refused");
  });
});

describe("without an envelope", () => {
  test("a 2xx is sent, with its message ids; without a readable body, too", () => {
    const good = classifyGraph(answered(200, { recipient_id: "1", message_id: "m_1" }), ids);
    expect(good).toEqual({ kind: "sent", evidence: "accepted", platformMessageIds: ["m_1"] });
    expect(classifyGraph(answered(200, null), ids)).toMatchObject({ kind: "sent", platformMessageIds: [] });
  });

  test.each([
    [302, "<html>", "retry"],
    [400, "<html>", "retry"],
    [403, "<html>", "retry"],
    [407, "", "retry"],
    [408, "", "retry"],
    [425, "", "retry"],
    [400, null, "retry"],
    [400, "Bad Request", "retry"],
    [400, {}, "refused"],
    [401, "", "retry"],
    [401, null, "retry"],
    [401, {}, "account-stopped"],
    [403, "Forbidden", "retry"],
    [403, "[]", "retry"],
    [404, "", "retry"],
    [429, "", "rate-limited"],
    [500, "<html>", "unknown"],
    [502, "", "unknown"],
    [503, null, "unknown"],
  ])("%d with %j is %s", (status, body, kind) => {
    expect(classifyGraph(answered(status, body), ids).kind).toBe(kind);
  });

  test("no byte left: try again; no answer came: unknown", () => {
    expect(classifyGraph({ phase: "not-sent", reason: "refused" }, ids).kind).toBe("retry");
    expect(classifyGraph({ phase: "no-answer", reason: "reset" }, ids).kind).toBe("unknown");
  });
});
