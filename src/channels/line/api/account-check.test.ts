/**
 * Goal: only LINE's own refusal of the bot keeps an account stopped; what may be a proxy or an outage tells nothing.
 * Method: answers to "Get bot info" as LINE, a proxy and a broken connection give them.
 */
import { expect, test } from "vitest";
import type { CallResult, Reached } from "../../platform-client.ts";
import { createAccountCheck } from "./account-check.ts";
import type { CurrentToken } from "./tokens.ts";

function lineThat(reached: Reached, current: CurrentToken = { kind: "token", token: "token" }) {
  const asked: string[] = [];
  const told: string[] = [];
  const check = createAccountCheck(
    {
      get: async (path): Promise<CallResult> => {
        asked.push(path);
        return { reached, headers: new Map() };
      },
    },
    {
      current: async () => current,
      worked: (token) => told.push(`${token} worked`),
      failed: (token) => {
        told.push(`${token} failed`);
        return "renewed";
      },
    },
  );
  return { asked, told, check };
}

const answered = (status: number, body: string | null): Reached => ({
  phase: "answered",
  status,
  body,
  retryAfterMs: 0,
});
const said = (status: number, message: string) => answered(status, JSON.stringify({ message }));

test.each<[string, Reached, object, readonly string[]]>([
  ["200: it works", answered(200, '{"userId":"U1"}'), { kind: "well" }, ["token worked"]],
  ["401 of LINE: refused, and its token is replaced", said(401, "no"), { kind: "refused" }, ["token failed"]],
  ["403 of LINE: refused", said(403, "not available"), { kind: "refused", reason: "403: not available" }, []],
  ["401 of a proxy", answered(401, "<html>"), { kind: "unreachable" }, []],
  ["403 of a proxy", answered(403, "<html>"), { kind: "unreachable" }, []],
  ["403 whose body broke off", answered(403, null), { kind: "unreachable" }, []],
  ["429", said(429, "slowly"), { kind: "unreachable" }, []],
  ["500", said(500, "later"), { kind: "unreachable" }, []],
  ["no answer", { phase: "no-answer", reason: "reset" }, { kind: "unreachable", reason: "reset" }, []],
])("%s", async (_what, reached, health, told) => {
  const line = lineThat(reached);
  expect(await line.check()).toMatchObject(health);
  expect(line.told).toEqual(told);
  expect(line.asked).toEqual(["/v2/bot/info"]);
});

test("without a token LINE isn't asked: its refusal of the credentials counts, an outage of its token's doesn't", async () => {
  const refused = lineThat(said(200, ""), { kind: "refused", reason: "no such channel" });
  expect(await refused.check()).toEqual({ kind: "refused", reason: "no such channel" });
  const away = lineThat(said(200, ""), { kind: "unavailable", reason: "reset" });
  expect(await away.check()).toEqual({ kind: "unreachable", reason: "reset" });
  expect([...refused.asked, ...away.asked]).toEqual([]);
});
