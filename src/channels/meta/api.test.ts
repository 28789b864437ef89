/** Goal: a refusal that may be about one person stops the account only when the account itself is refused (G12). */
import { expect, test } from "vitest";
import type { Answer, Transport } from "../transport.ts";
import { createAccountCheck, createSender } from "./api.ts";
import { classifyGraph } from "./classify.ts";

const OPTIONS = { accessToken: "token", appSecret: ["secret"], graphVersion: "v26.0" };
const CALL = { path: "/v26.0/1/messages", body: "{}", retryKey: null };

function answerOf(status: number, body: object): Answer {
  return { reached: { phase: "answered", status, body: JSON.stringify(body), retryAfterMs: 0 }, headers: new Map() };
}

async function outcomeOf(code: number, account: Answer) {
  const asked: string[] = [];
  const transport: Transport = {
    post: async () => answerOf(403, { error: { message: "no", code } }),
    get: async (path) => {
      asked.push(path);
      return account;
    },
    close: async () => {},
  };
  const isRefused = createAccountCheck(transport, OPTIONS, "1");
  const send = createSender(transport, OPTIONS, { classify: (reached) => classifyGraph(reached, () => []), isRefused });
  return { kind: (await send(CALL)).outcome.kind, asked: asked.length };
}

const WORKS = answerOf(200, { id: "1" });
const REFUSED = answerOf(400, { error: { message: "token", code: 190 } });
/** A token without the right to read the account. */
const UNREADABLE = answerOf(400, { error: { message: "missing permissions", code: 100, error_subcode: 33 } });
const PROXY: Answer = {
  reached: { phase: "answered", status: 403, body: "<html>", retryAfterMs: 0 },
  headers: new Map(),
};
const AWAY: Answer = { reached: { phase: "no-answer", reason: "reset" }, headers: new Map() };

test.each([
  ["of a permission, and the account works: this person waits", 10, WORKS, { kind: "window-closed", asked: 1 }],
  ["of a permission, and nothing is learned: this person waits", 200, AWAY, { kind: "window-closed", asked: 1 }],
  [
    "of a permission, and the account can't be read: this person waits",
    10,
    UNREADABLE,
    { kind: "window-closed", asked: 1 },
  ],
  ["of a permission, and a proxy answers: this person waits", 10, PROXY, { kind: "window-closed", asked: 1 }],
  ["of a permission, and the account is refused: it stops", 10, REFUSED, { kind: "account-stopped", asked: 1 }],
  ["of the token: it stops, without a question", 190, WORKS, { kind: "account-stopped", asked: 0 }],
])("a refusal %s", async (_what, code, account, expected) => {
  expect(await outcomeOf(code, account)).toEqual(expected);
});
