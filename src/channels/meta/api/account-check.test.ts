/** Goal: a refusal that may be about one person stops the account only when the account itself is refused (G12). */
import { describe, expect, test } from "vitest";
import type { CallResult, PlatformClient } from "../../platform-client.ts";
import { createSender } from "../api.ts";
import { classifyGraph } from "../classify.ts";
import { createAccountCheck } from "./account-check.ts";

const OPTIONS = { accessToken: "token", appSecret: ["secret"], graphVersion: "v26.0" };
const CALL = { path: "/v26.0/1/messages", body: "{}", retryKey: null };

function answerOf(status: number, body: object): CallResult {
  return { reached: { phase: "answered", status, body: JSON.stringify(body), retryAfterMs: 0 }, headers: new Map() };
}

/** Meta, whose answers to a send and to a read of the account are as set. */
function metaThat(answers: { send: CallResult; account: CallResult }) {
  const asked: string[] = [];
  const platformClient: PlatformClient = {
    post: async () => answers.send,
    get: async (path) => {
      asked.push(path);
      return answers.account;
    },
    close: async () => {},
  };
  const check = createAccountCheck(platformClient, OPTIONS, "1");
  const send = createSender(platformClient, OPTIONS, {
    classify: (reached) => classifyGraph(reached, () => []),
    check,
  });
  const to = async (person: string) => {
    const body = JSON.stringify({ recipient: { id: person } });
    return (await send({ ...CALL, body })).outcome.kind;
  };
  return { answers, asked, to, check };
}

const refusing = (code: number) => answerOf(403, { error: { message: "no", code } });
const SENT = answerOf(200, { message_id: "m" });

const WORKS = answerOf(200, { id: "1" });
const REFUSED = answerOf(400, { error: { message: "token", code: 190 } });
const UNPERMITTED = answerOf(403, { error: { message: "(#10) no permission", code: 10 } });
/** A token without the right to read the account. */
const UNREADABLE = answerOf(400, { error: { message: "missing permissions", code: 100, error_subcode: 33 } });
const PROXY: CallResult = {
  reached: { phase: "answered", status: 403, body: "<html>", retryAfterMs: 0 },
  headers: new Map(),
};
const AWAY: CallResult = { reached: { phase: "no-answer", reason: "reset" }, headers: new Map() };

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
  ["of a permission that the account lacks, too: it stops", 200, UNPERMITTED, { kind: "account-stopped", asked: 1 }],
  ["of the token: it stops, without a question", 190, WORKS, { kind: "account-stopped", asked: 0 }],
])("a refusal %s", async (_what, code, account, expected) => {
  const meta = metaThat({ send: refusing(code), account });
  expect({ kind: await meta.to("Ann"), asked: meta.asked.length }).toEqual(expected);
});

describe("a permission to read that is refused", () => {
  test("means the account where it could be read before: the permission was taken away", async () => {
    const meta = metaThat({ send: refusing(10), account: WORKS });
    expect(await meta.to("Ann")).toBe("window-closed");
    meta.answers.account = UNREADABLE;
    expect(await meta.to("Ann")).toBe("account-stopped");
    expect(await meta.to("Ann")).toBe("account-stopped");
    expect(await meta.check.health()).toMatchObject({ kind: "refused" });
  });

  test("says nothing of the account when its calls are accepted all the same", async () => {
    const meta = metaThat({ send: refusing(10), account: UNPERMITTED });
    await meta.to("Ann");
    meta.answers.send = SENT;
    await meta.to("Bob");
    meta.answers.send = refusing(10);
    expect(await meta.to("Ann")).toBe("window-closed");
    expect(await meta.to("Cat")).toBe("window-closed");
    expect(await meta.check.health()).toMatchObject({ kind: "unsure" });
  });

  test("stops the account once for one person, and for good from the second on", async () => {
    const meta = metaThat({ send: refusing(10), account: UNPERMITTED });
    expect([await meta.to("Ann"), await meta.to("Ann")]).toEqual(["account-stopped", "window-closed"]);
    expect([await meta.to("Bob"), await meta.to("Bob"), await meta.to("Ann")]).toEqual([
      "account-stopped",
      "account-stopped",
      "account-stopped",
    ]);
  });
});

test.each([
  ["well", WORKS, "well"],
  ["refused, with the token", REFUSED, "refused"],
  ["not to be read, so that only a delivery can tell", UNPERMITTED, "unsure"],
  ["gone, or not to be read", UNREADABLE, "unsure"],
  ["unreachable behind a proxy", PROXY, "unreachable"],
  ["unreachable without an answer", AWAY, "unreachable"],
  ["unreachable while Meta limits the rate", answerOf(400, { error: { message: "too many", code: 4 } }), "unreachable"],
])("the account is asked about: it is %s", async (_what, account, kind) => {
  expect(await metaThat({ send: SENT, account }).check.health()).toMatchObject({ kind });
});
