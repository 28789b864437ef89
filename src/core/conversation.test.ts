import { describe, expect, test } from "vitest";
import { peerIdsOf, phoneDigits } from "./conversation.ts";

describe("a phone number in any form has the platforms' digits", () => {
  test.each([
    ["15550100199", "15550100199"],
    ["+15550100199", "15550100199"],
    ["+1 (555) 010-0199", "15550100199"],
    ["+66 81 234 5678", "66812345678"],
    ["+49/30.123456", "4930123456"],
    ["\u202a+1\u2011555\u2011010\u20110199\u202c", "15550100199"],
    ["＋１５５５０１００１９９", "15550100199"],
    [" 15550100199\n", "15550100199"],
  ])("%j", (given, digits) => expect(phoneDigits(given)).toBe(digits));
});

describe("no phone number is", () => {
  test.each([
    ["a LINE id", "U4af4980629aaaaaaaaaaaaaaaaaaaaaa"],
    ["a user id", "US.13491208655302741918"],
    ["a group's id with a minus", "-1001234567890"],
    ["a page-scoped id of more digits", "1234567890123456"],
    ["an extension", "+1 555 010 0199 ext. 3"],
    ["a short number", "1555"],
    ["nothing", ""],
  ])("%s", (_, given) => expect(phoneDigits(given)).toBeNull());
});

test("a given name is first what it says, and then the number that it may be", () => {
  expect(peerIdsOf("+1 555 010 0199")).toEqual(["+1 555 010 0199", "15550100199"]);
  expect(peerIdsOf(" U1 ")).toEqual(["U1"]);
  expect(peerIdsOf("15550100199")).toEqual(["15550100199"]);
});
