/** Goal: foreign error texts are kept without our secrets and without the input that they quote. */
import { describe, expect, test } from "vitest";
import { createRedactor, stringValues, stringValuesOf, stripQuotedInput } from "./redaction.ts";

describe("a redactor", () => {
  const redact = createRedactor(() => ["s3cret-channel-token", "abc"]);

  test.each([
    ["refused: s3cret-channel-token is unknown", "refused: (secret) is unknown"],
    ["twice s3cret-channel-token s3cret-channel-token", "twice (secret) (secret)"],
    ["cut off: s3cret-chan", "cut off: (secret)"],
    ["too little of it to tell: s3cr", "too little of it to tell: s3cr"],
    ["abc is part of too many words", "abc is part of too many words"],
    ["no secret of ours: Bearer someone-elses", "no secret of ours: Bearer (secret)"],
    ['{"access_token":"EAAB"}', '{"access_token":"(secret)"}'],
    ["?appsecret_proof=00ff&x=1", "?appsecret_proof=(secret)&x=1"],
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_(secret)"],
    ["400: Invalid reply token", "400: Invalid reply token"],
    ["", ""],
  ])("makes %j %j", (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  test("knows the current secrets: tokens change", () => {
    let token = "first-token";
    const current = createRedactor(() => [token]);
    expect(current("first-token")).toBe("(secret)");
    token = "second-token";
    expect(current("second-token")).toBe("(secret)");
  });
});

describe("an error without quoted input", () => {
  test.each([
    ['Invalid text: "my mother is ill, what now"', ["my mother is ill, what now"], 'Invalid text: "…"'],
    ["Invalid text: my mother is i...", ["my mother is ill, what now"], "Invalid text: …..."],
    ["the part that is quoted: other is ill, w", ["my mother is ill, what now"], "the part that is quoted: …"],
    ["text: 母が病気です", ["母が病気です。どうしたら"], "text: …"],
    ["text: \\u6bcd\\u304c\\u75c5\\u6c17", ["母が病気です"], "text: …"],
    ['not allowed: "hi"', ["hi"], 'not allowed: "…"'],
    ["this is not allowed", ["is"], "this is not allowed"],
    ["400: The request body has 1 error(s)", ["hello"], "400: The request body has 1 error(s)"],
    ["nothing was given", [], "nothing was given"],
    ["to U4af4980629 is not a friend", ["U4af4980629"], "to … is not a friend"],
  ])("%j, given %j, is %j", (words, given, left) => {
    expect(stripQuotedInput(words, given)).toBe(left);
  });

  test("is made in time, however long the input was", () => {
    const long = "x y z ".repeat(50_000);
    expect(stripQuotedInput("the text x y z x y z is too long", [long])).toBe("the text…is too long");
  });
});

test("the string values of a body are all but the platform's constants and the names of fields", () => {
  const body = {
    to: "U1",
    messages: [
      { type: "text", text: "hello" },
      { altText: "a picture", n: 1, none: null },
    ],
  };
  expect(stringValuesOf(JSON.stringify(body))).toEqual(["U1", "hello", "a picture"]);
  expect(stringValuesOf("no json")).toEqual(["no json"]);
  expect(stringValues(["a", ["b"], 3])).toEqual(["a", "b"]);
});
