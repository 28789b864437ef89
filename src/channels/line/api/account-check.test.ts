/**
 * Goal: only LINE's own refusal of the bot keeps an account stopped; what may be a proxy or an outage tells nothing.
 * Method: a server that answers "Get bot info" as LINE, a proxy and a broken connection do.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock.ts";
import { createPlatformClient } from "../../platform-client.ts";
import { createAccountCheck } from "./account-check.ts";
import { type CurrentToken, longLivedToken } from "./tokens.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** `told`: what the tokens were told of the one that was used. */
async function lineThat(answer: (response: ServerResponse) => unknown, current?: CurrentToken) {
  const asked: (string | undefined)[] = [];
  const told: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createPlatformClient({ baseUrl, sendTimeoutMs: 10_000, connectTimeoutMs: 10_000 }, systemClock());
  ends.push(async () => {
    await client.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const one = longLivedToken("token");
  const check = createAccountCheck(client, {
    current: async () => current ?? (await one.current()),
    worked: (token) => told.push(`${token} worked`),
    failed: (token) => {
      told.push(`${token} failed`);
      return one.failed(token);
    },
  });
  return { asked, told, check };
}

const says = (status: number, body: string) => (response: ServerResponse) => response.writeHead(status).end(body);
const refuses = (status: number, message: string) => says(status, JSON.stringify({ message }));
const breaksOff = (response: ServerResponse) => {
  response.writeHead(403, { "content-length": "100" });
  response.write("{", () => response.destroy());
};

test.each<[string, (response: ServerResponse) => unknown, object, readonly string[]]>([
  ["200: it works", says(200, '{"userId":"U1"}'), { kind: "well" }, ["token worked"]],
  ["401 of LINE: refused, and its token is replaced", refuses(401, "no"), { kind: "refused" }, ["token failed"]],
  ["403 of LINE: refused", refuses(403, "not available"), { kind: "refused", reason: "403: not available" }, []],
  ["401 of a proxy", says(401, "<html>"), { kind: "unreachable" }, []],
  ["403 of a proxy", says(403, "<html>"), { kind: "unreachable" }, []],
  ["403 whose body breaks off", breaksOff, { kind: "unreachable" }, []],
  ["429", refuses(429, "slowly"), { kind: "unreachable" }, []],
  ["500", refuses(500, "later"), { kind: "unreachable" }, []],
  ["no answer", (response) => response.destroy(), { kind: "unreachable" }, []],
])("%s", async (_what, answer, health, told) => {
  const line = await lineThat(answer);
  expect(await line.check()).toMatchObject(health);
  expect(line.told).toEqual(told);
  expect(line.asked).toEqual(["/v2/bot/info"]);
});

test("without a token LINE isn't asked: its refusal of the credentials counts, an outage doesn't", async () => {
  const refused = await lineThat(says(200, "{}"), { kind: "refused", reason: "no such channel" });
  expect(await refused.check()).toEqual({ kind: "refused", reason: "no such channel" });
  const away = await lineThat(says(200, "{}"), { kind: "unavailable", reason: "reset" });
  expect(await away.check()).toEqual({ kind: "unreachable", reason: "reset" });
  expect([...refused.asked, ...away.asked]).toEqual([]);
});
