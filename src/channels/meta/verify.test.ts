/**
 * Goal: nothing that Meta didn't sign gets in, and the handshake answers nobody who doesn't know the token.
 * Method: digests computed here with node:crypto, over bodies escaped as Meta escapes them.
 */
import crypto, { createHmac } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapedJson } from "./simulator/webhooks.ts";
import { createHandshake, createVerifier } from "./verify.ts";

const said = { object: "page", entry: [], note: "snowman ☃, a family 👩‍👩‍👧 and a/slash" };
const body = new TextEncoder().encode(escapedJson(said));
const sign = (secret: string, bytes: Uint8Array = body) =>
  `sha256=${createHmac("sha256", secret).update(bytes).digest("hex")}`;
const headers = (signature: string, name = "x-hub-signature-256") => new Headers({ [name]: signature });
const verify = createVerifier(["new secret", "old secret"]);

test("a body with the right signature passes, with its own bytes", () => {
  expect(verify(body, headers(sign("new secret")))?.body).toBe(body);
  expect(verify(body, headers(sign("new secret"), "X-Hub-Signature-256"))).not.toBeNull();
});

test("each of several secrets is good, so that one can be rotated", () => {
  expect(verify(body, headers(sign("old secret")))).not.toBeNull();
  expect(verify(body, headers(sign("another")))).toBeNull();
});

test("the same JSON in other bytes is not what was signed (regression: verifying what was parsed and written anew)", () => {
  const text = new TextDecoder().decode(body);
  expect(text).toMatch(/^[\x20-\x7e]*$/);
  expect(text).toContain("\\u2603");
  expect(text).toContain("\\/");
  const rewritten = new TextEncoder().encode(JSON.stringify(JSON.parse(text)));
  expect(JSON.parse(new TextDecoder().decode(rewritten))).toEqual(said);
  expect(verify(rewritten, headers(sign("new secret")))).toBeNull();
});

test("every secret is compared, and in constant time, whichever is right", () => {
  const { timingSafeEqual } = crypto;
  let compared = 0;
  crypto.timingSafeEqual = (...bytes) => {
    compared += 1;
    return timingSafeEqual(...bytes);
  };
  syncBuiltinESMExports();
  try {
    for (const secret of ["old secret", "new secret", "another"]) verify(body, headers(sign(secret)));
  } finally {
    crypto.timingSafeEqual = timingSafeEqual;
    syncBuiltinESMExports();
  }
  expect(compared).toBe(3 * 2);
});

test("every single flipped bit of the body is noticed", () => {
  const signature = headers(sign("new secret"));
  for (let bit = 0; bit < body.length * 8; bit += 1) {
    const changed = body.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(verify(changed, signature)).toBeNull();
  }
});

test.each(["", "sha256=", "sha256=00", sign("new secret").toUpperCase(), sign("new secret").slice(7), "sha1=abc"])(
  "a malformed header is refused and never throws: %j",
  (odd) => {
    expect(verify(body, headers(odd))).toBeNull();
    expect(verify(body, new Headers())).toBeNull();
  },
);

describe("the handshake", () => {
  const handshake = createHandshake("the token");
  const ask = (change: Record<string, string>) =>
    handshake(
      new URLSearchParams({
        "hub.mode": "subscribe",
        "hub.verify_token": "the token",
        "hub.challenge": "42",
        ...change,
      }),
    );

  test("gives back the challenge as it came", () => {
    expect(ask({})).toBe("42");
    expect(ask({ "hub.challenge": "<script>1</script>" })).toBe("<script>1</script>");
  });

  test("answers no other token, of whatever length, and no other mode", () => {
    fc.assert(
      fc.property(fc.string(), (token) => {
        fc.pre(token !== "the token");
        expect(ask({ "hub.verify_token": token })).toBeNull();
      }),
    );
    expect(ask({ "hub.mode": "unsubscribe" })).toBeNull();
    expect(handshake(new URLSearchParams())).toBeNull();
    expect(handshake(new URLSearchParams({ "hub.mode": "subscribe", "hub.verify_token": "the token" }))).toBeNull();
  });
});
