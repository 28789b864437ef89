/** Goal: each answer has the right outcome. Method: a table with every row. */
import { expect, test } from "vitest";
import type { Route, SendOutcome } from "../../core/delivery.ts";
import type { Reached } from "../platform-client.ts";
import { classify } from "./classify.ts";

const notSent: Reached = { phase: "not-sent", reason: "ECONNREFUSED" };
const noAnswer: Reached = { phase: "no-answer", reason: "ECONNRESET" };
const answered = (status: number, body: unknown = {}, retryAfterMs = 0): Reached => ({
  phase: "answered",
  status,
  body: typeof body === "string" || body === null ? body : JSON.stringify(body),
  retryAfterMs,
});
const says = (message: string) => ({ message });

type Row = readonly [name: string, routes: Route | "both", reached: Reached, outcome: Partial<SendOutcome>];

const TABLE: readonly Row[] = [
  ["no byte left", "both", notSent, { kind: "retry", reason: "ECONNREFUSED", retryAfterMs: 0 }],
  ["it left and nothing came back", "both", noAnswer, { kind: "unknown", reason: "ECONNRESET" }],
  [
    "200",
    "both",
    answered(200, { sentMessages: [{ id: "1", quoteToken: "q" }, { id: "2" }] }),
    { kind: "sent", evidence: "accepted", platformMessageIds: ["1", "2"] },
  ],
  ["200 with a body that broke off", "both", answered(200, null), { kind: "sent", platformMessageIds: [] }],
  ["200 that isn't JSON", "both", answered(200, "<html>"), { kind: "sent", platformMessageIds: [] }],
  [
    "200 with an odd list",
    "both",
    answered(200, { sentMessages: [{ id: 5 }, "x", { id: "7" }] }),
    { kind: "sent", platformMessageIds: ["7"] },
  ],
  ["202", "both", answered(202), { kind: "sent" }],
  ["a redirect: not LINE", "both", answered(302, "moved"), { kind: "retry", reason: "302: a redirect, not LINE" }],
  ["400 for the token", "reply", answered(400, says("Invalid reply token")), { kind: "token-invalid" }],
  ["400 for the token, on a push", "push", answered(400, says("Invalid reply token")), { kind: "refused" }],
  ...["Invalid reply token format", "The reply token is invalid", "Reply token has expired.", "Bad replytoken"].flatMap(
    (words): Row[] => [
      [`400 that says: ${words}`, "reply", answered(400, says(words)), { kind: "token-invalid" }],
      [`400 that says: ${words}`, "push", answered(400, says(words)), { kind: "refused" }],
    ],
  ),
  [
    "400 whose details say it of the token",
    "reply",
    answered(400, {
      message: "The request body has 1 error(s)",
      details: [{ message: "The reply token has expired" }],
    }),
    { kind: "token-invalid" },
  ],
  ["regression: 400 that says expired", "reply", answered(400, says("The image has expired")), { kind: "refused" }],
  ["400 about another token", "reply", answered(400, says("Invalid quote token")), { kind: "refused" }],
  [
    "400 with details",
    "both",
    answered(400, {
      message: "The request body has 1 error(s)",
      details: [{ message: "May not be empty", property: "messages[0].text" }, { message: "and more" }],
    }),
    {
      kind: "refused",
      reason: "400: The request body has 1 error(s): messages[0].text: May not be empty: and more",
    },
  ],
  [
    "400 that names a message: of the others nothing is said",
    "both",
    answered(400, says("A message (messages[2]) in the request body is invalid")),
    { kind: "refused", messages: [2], reason: "400: A message (messages[2]) in the request body is invalid" },
  ],
  [
    "400 whose details name messages, each once",
    "both",
    answered(400, {
      message: "The request body has 3 error(s)",
      details: ["messages[0].text", "messages[3].altText", "messages[3].contents.body"].map((property) => ({
        property,
        message: "Invalid, see messages[1]",
      })),
    }),
    { kind: "refused", messages: [0, 3] },
  ],
  ["400 with no words", "both", answered(400, {}), { kind: "refused", reason: "400" }],
  ["400 that broke off", "both", answered(400, null), { kind: "retry", reason: "400: the answer broke off" }],
  ["401 that broke off", "both", answered(401, null), { kind: "retry" }],
  ["403 that broke off", "both", answered(403, null), { kind: "retry" }],
  ["400 of a proxy", "both", answered(400, "Bad Request"), { kind: "retry", reason: "400: not an answer of LINE" }],
  ["400 of a proxy, empty", "both", answered(400, ""), { kind: "retry" }],
  ["401 of a proxy", "both", answered(401, "Unauthorized"), { kind: "retry" }],
  ["401 of a proxy, empty", "both", answered(401, ""), { kind: "retry" }],
  ["403 of a proxy", "both", answered(403, "Forbidden"), { kind: "retry" }],
  ["403 of a proxy, in JSON that is no object", "both", answered(403, '"Forbidden"'), { kind: "retry" }],
  ["404 of a proxy", "both", answered(404, "[]"), { kind: "retry" }],
  ["413 of a proxy", "both", answered(413, "Request Entity Too Large"), { kind: "retry" }],
  [
    "401",
    "both",
    answered(401, says("Authentication failed")),
    { kind: "account-stopped", reason: "401: Authentication failed" },
  ],
  ["403", "reply", answered(403, says("Access to this API is not available")), { kind: "account-stopped" }],
  [
    "403 on a push, which the account's plan doesn't have: what is free goes on",
    "push",
    answered(403, says("Access to this API is not available for your account")),
    { kind: "quota-exhausted" },
  ],
  ["403 of a proxy in HTML", "both", answered(403, "<!DOCTYPE html><html>"), { kind: "retry" }],
  ["407 of a proxy", "both", answered(407, ""), { kind: "retry" }],
  ["408 of a proxy", "both", answered(408, ""), { kind: "retry" }],
  ["425 of a proxy", "both", answered(425, ""), { kind: "retry" }],
  [
    "400 about the reply token in other words",
    "reply",
    answered(400, says("The property, 'replyToken', in the request body is invalid (line: 1, column: 2)")),
    { kind: "token-invalid" },
  ],
  [
    "400 about the reply token in its details",
    "reply",
    answered(400, {
      message: "The request body has 1 error(s)",
      details: [{ message: "Invalid", property: "replyToken" }],
    }),
    { kind: "token-invalid" },
  ],
  ["404", "both", answered(404, says("Not found")), { kind: "refused", reason: "404: Not found" }],
  [
    "409 on our retry key",
    "push",
    answered(409, { message: "The retry key is already accepted", sentMessages: [{ id: "9" }] }),
    { kind: "sent", evidence: "retry-key", platformMessageIds: ["9"] },
  ],
  ["409 of a proxy, which knows no retry key", "push", answered(409, "Conflict"), { kind: "retry" }],
  ["409 that broke off: the same key tells again", "push", answered(409, null), { kind: "retry" }],
  ["409 on a reply, which has no key", "reply", answered(409, says("Conflict")), { kind: "refused" }],
  ["410", "both", answered(410, says("Gone")), { kind: "refused" }],
  ["413", "both", answered(413, says("Too large")), { kind: "refused" }],
  ["415", "both", answered(415, says("The content type is not supported")), { kind: "refused" }],
  [
    "regression: 429 for the month is not a rate limit",
    "both",
    answered(429, says("You have reached your monthly limit.")),
    { kind: "quota-exhausted", reason: "429: You have reached your monthly limit." },
  ],
  [
    "429 for the rate",
    "both",
    answered(429, says("The API rate limit has been exceeded. Try again later.")),
    { kind: "rate-limited", retryAfterMs: 0 },
  ],
  [
    "429 for one user, which slows no other",
    "both",
    answered(429, says("A large number of messages")),
    { kind: "retry" },
  ],
  [
    "429 from something in between, with a wait",
    "both",
    answered(429, "slow down", 7_000),
    { kind: "rate-limited", retryAfterMs: 7_000 },
  ],
  ["429 that broke off", "both", answered(429, null), { kind: "rate-limited" }],
  ["500", "both", answered(500, says("Internal error")), { kind: "unknown", reason: "500: Internal error" }],
  ["502 from something in between", "both", answered(502, "<html>"), { kind: "unknown", reason: "502" }],
  ["504 that broke off", "both", answered(504, null), { kind: "unknown" }],
  ["a status that HTTP doesn't have", "both", answered(799), { kind: "unknown" }],
];

const rows = TABLE.flatMap(([name, routes, reached, outcome]) =>
  (routes === "both" ? (["reply", "push"] as const) : [routes]).map((route) => ({ name, route, reached, outcome })),
);

test.each(rows)("$name ($route)", ({ route, reached, outcome }) => {
  expect(classify(route, reached)).toMatchObject(outcome);
});

test("LINE's message is cut at 300 characters", () => {
  const outcome = classify("push", answered(400, says("x".repeat(2_000))));
  expect((outcome as { reason: string }).reason).toHaveLength(300);
});

test.each([
  ["words about no message", says("Failed to send messages")],
  ["the number of messages", { message: "The request body has 1 error(s)", details: [{ property: "messages" }] }],
  [
    "something beside the messages as well",
    { message: "The request body has 2 error(s)", details: [{ property: "messages[0].text" }, { property: "to" }] },
  ],
])("a 400 with %s refuses the whole call", (_, body) => {
  expect(classify("push", answered(400, body))).not.toHaveProperty("messages");
});
