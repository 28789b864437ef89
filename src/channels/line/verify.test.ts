/**
 * Goal: nothing that LINE didn't sign gets in, and no header, however odd, makes the check fail instead of refuse.
 * Method: digests computed here with node:crypto. Published ones and LINE's own SDK are in test/line-*.test.ts.
 */
import crypto, { createHmac } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createVerifier } from "./verify.ts";

const body = new TextEncoder().encode('{"destination":"U1","events":[],"note":"snowman ☃ and family 👩‍👩‍👧"}');
const sign = (secret: string, bytes: Uint8Array = body) => createHmac("sha256", secret).update(bytes).digest("base64");
const headers = (signature: string, name = "x-line-signature") => new Headers({ [name]: signature });
const verify = createVerifier(["old secret", "new secret"]);

test("a body with the right signature passes, with its own bytes", () => {
  expect(verify(body, headers(sign("new secret")))?.body).toBe(body);
});

test("each of several secrets is good, so that one can be rotated", () => {
  expect(verify(body, headers(sign("old secret")))).not.toBeNull();
  expect(verify(body, headers(sign("new secret")))).not.toBeNull();
  expect(verify(body, headers(sign("another")))).toBeNull();
});

test("the case of the header's name doesn't count", () => {
  expect(verify(body, headers(sign("new secret"), "X-LINE-Signature"))).not.toBeNull();
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

test("every single changed character of the signature is noticed", () => {
  const right = sign("new secret");
  for (let index = 0; index < right.length; index += 1) {
    const other = right[index] === "A" ? "B" : "A";
    expect(verify(body, headers(right.slice(0, index) + other + right.slice(index + 1)))).toBeNull();
  }
});

test("the same JSON in other bytes is not what was signed", () => {
  const escaped = new TextEncoder().encode(new TextDecoder().decode(body).replace("☃", "\\u2603"));
  expect(JSON.parse(new TextDecoder().decode(escaped))).toEqual(JSON.parse(new TextDecoder().decode(body)));
  expect(verify(escaped, headers(sign("new secret")))).toBeNull();
});

test("a missing header is refused", () => {
  expect(verify(body, new Headers())).toBeNull();
});

describe("a malformed header is refused and never throws (regression: unequal lengths were a 500)", () => {
  const right = sign("new secret");
  test.each([
    ["empty", ""],
    ["too short", right.slice(0, 10)],
    ["too long", `${right}A`],
    ["twice", `${right}, ${right}`],
    ["hexadecimal", Buffer.from(right, "base64").toString("hex")],
    ["URL-safe base64", right.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")],
    ["without padding", right.slice(0, -1)],
    ["no base64 at all", "é".repeat(44)],
  ])("%s", (_name, signature) => {
    expect(verify(body, headers(signature))).toBeNull();
  });

  test("any other text", () => {
    const latin1 = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
    fc.assert(fc.property(latin1, (signature) => verify(body, headers(signature)) === null));
  });
});
