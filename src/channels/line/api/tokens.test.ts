/**
 * Goal: a token is always available while LINE issues one, calls don't wait for a renewal, and a refused token is replaced.
 * Method: LINE's simulator issues the tokens and checks secrets and assertions; the clock is manual.
 */
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { simulatedLine } from "../../../../test/support/simulated-line.ts";
import type { IssuedTokenOptions } from "../config.ts";
import type { LineSimulatorOptions } from "../simulator.ts";
import { issuedTokens, longLivedToken } from "./tokens.ts";

const MINUTE = 60_000;
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = (key: typeof publicKey) => ({ ...key.export({ format: "jwk" }), kid: "key-1" });

function fetching(changed: Partial<IssuedTokenOptions> = {}, line: Partial<LineSimulatorOptions> = {}) {
  const simulated = simulatedLine(line);
  const world = { isUnavailable: false };
  const { clock } = simulated;
  const isReachable = () => !world.isUnavailable;
  const platformClient = simulated.line.platformClient({ clock, sendTimeoutMs: 1_000, isReachable });
  const options = {
    channelId: "1234567890",
    channelSecret: "secret",
    assertionKey: null,
    tokenKind: "stateless",
  } as const;
  const tokens = issuedTokens({ ...options, ...changed }, platformClient, clock);
  const token = async () => {
    const current = await tokens.current();
    return current.kind === "token" ? current.token : current.kind;
  };
  return { ...simulated, world, tokens, token, fetched: () => simulated.line.calls.length };
}

const withKey = { assertionKey: JSON.stringify(jwk(privateKey)) };

test.each([
  ["the channel secret", {}],
  ["an assertion", withKey],
  ["an assertion, of kind v2.1", { ...withKey, tokenKind: "v2.1" as const }],
])("a token that was fetched with %s is accepted by LINE", async (_how, changed) => {
  const { token, call } = fetching(changed, { assertionKey: jwk(publicKey) });
  const headers = { authorization: `Bearer ${await token()}` };
  expect(await call("GET", "/v2/bot/info", undefined, headers)).toMatchObject({ status: 200 });
});

test("concurrent and later calls share one fetched token", async () => {
  const { token, fetched } = fetching();
  const [first, ...others] = await Promise.all(Array.from({ length: 20 }, token));
  expect(new Set([first, ...others, await token()]).size).toBe(1);
  expect(fetched()).toBe(1);
});

test("it is renewed before it expires, in the background", async () => {
  const { token, clock, world, fetched } = fetching();
  const first = await token();
  await clock.advance(11 * MINUTE);
  expect(await token()).toBe(first);
  expect(fetched()).toBe(1);
  await clock.advance(2 * MINUTE);
  world.isUnavailable = true;
  expect(await token()).toBe(first);
  await clock.advance(1_500);
  world.isUnavailable = false;
  expect(await token()).toBe(first);
  await expect.poll(token).not.toBe(first);
  expect(fetched()).toBe(2);
});

test("an expired token is never used", async () => {
  const { token, clock, world } = fetching();
  await token();
  world.isUnavailable = true;
  await clock.advance(15 * MINUTE);
  expect(await token()).toBe("unavailable");
  world.isUnavailable = false;
  // Not again at once: many deliveries ask at the same time.
  expect(await token()).toBe("unavailable");
  await clock.advance(1_000);
  expect(await token()).toMatch(/^[0-9a-f]{32}$/);
});

test("a refused token is replaced if it worked before; one that never worked stops the account", async () => {
  const { tokens, token } = fetching();
  const first = await token();
  tokens.worked(first);
  expect(tokens.failed(first)).toBe("renewed");
  // Other calls with the same token.
  expect(tokens.failed(first)).toBe("renewed");
  const second = await token();
  expect(second).not.toBe(first);
  expect(tokens.failed(second)).toBe("stopped");
});

test.each([
  ["a wrong secret", { channelSecret: "wrong" }, {}],
  ["another channel", { channelId: "1" }, {}],
  ["a key that isn't registered", withKey, {}],
  ["another key", withKey, { assertionKey: { ...jwk(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey) } }],
])("%s is refused, which is different from an outage", async (_what, changed, line) => {
  const { token, world, clock } = fetching(changed, line);
  expect(await token()).toBe("refused");
  world.isUnavailable = true;
  await clock.advance(1_000);
  expect(await token()).toBe("unavailable");
});

test("a long-lived token is never replaced", async () => {
  const tokens = longLivedToken("given");
  expect(await tokens.current()).toEqual({ kind: "token", token: "given" });
  expect(tokens.failed("given")).toBe("stopped");
});
