/** Goal: a setting of the cost policy is read, or stops the start with its name. */

import { expect, test } from "vitest";
import { Misconfigured } from "../../../core/errors.ts";
import { accountFromEnvironment } from "../../../settings/section.ts";
import { LINE_SECTION } from "../config.ts";
import { resolveCostPolicy } from "./cost-policy.ts";

function from(variables: Readonly<Record<string, string>>): object {
  const credentials = { LINE_CHANNEL_SECRET: "s", LINE_CHANNEL_ACCESS_TOKEN: "t" };
  const { channelSecret, channelAccessToken, ...rest } =
    accountFromEnvironment(LINE_SECTION, { ...credentials, ...variables }) ?? {};
  return rest;
}

test("what isn't set is left to its default", () => {
  expect(from({})).toEqual({});
});

test("what is set is read", () => {
  expect(
    from({
      LINE_SLOW_REPLY: "button",
      LINE_SLOW_REPLY_AFTER_MS: "30000",
      LINE_SLOW_REPLY_IN_GROUPS: "on",
      LINE_BUTTON_PUSH_AFTER_MS: "600000",
      LINE_SYSTEM_MESSAGE_TEXTS: '{"show":"Antwort zeigen"}',
      LINE_PUSH_RESERVE: "20",
      LINE_GROUP_PUSH: "never",
    }),
  ).toEqual({
    slowReply: "button",
    slowReplyAfterMs: 30_000,
    slowReplyInGroups: true,
    buttonPushAfterMs: 600_000,
    systemMessageTexts: { show: "Antwort zeigen" },
    pushReserve: 20,
    groupPush: "never",
  });
});

test.each([
  ["LINE_SLOW_REPLY", "knopf"],
  ["LINE_SLOW_REPLY_AFTER_MS", "40s"],
  ["LINE_PUSH_RESERVE", "-1"],
  ["LINE_GROUP_PUSH", "sometimes"],
  ["LINE_SYSTEM_MESSAGE_TEXTS", "{"],
  ["LINE_SYSTEM_MESSAGE_TEXTS", '{"sow":"x"}'],
])("%s=%s stops the start", (name, value) => {
  expect(() => from({ [name]: value })).toThrow(Misconfigured);
  expect(() => from({ [name]: value })).toThrow(name);
});

test("a label that LINE would refuse stops the start", () => {
  expect(() => resolveCostPolicy({ systemMessageTexts: { show: "a".repeat(21) } })).toThrow("systemMessageTexts.show");
  // 14 graphemes, 27 code points.
  const thai = "ดูที่อยู่จัดส่งสินค้าที่นี่";
  expect(() => resolveCostPolicy({ systemMessageTexts: { show: thai } })).toThrow("systemMessageTexts.show");
  expect(() => resolveCostPolicy({ systemMessageTexts: { delivered: "" } })).toThrow("systemMessageTexts.delivered");
});
