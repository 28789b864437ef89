/** Goal: several accounts are read as they are written, and a wrong one is named by its place without its secrets. */

import { expect, test } from "vitest";
import { Misconfigured } from "../../../core/errors.ts";
import { accountsFromEnvironment } from "../../../settings/section.ts";
import { LINE_SECTION } from "../config.ts";

const shop = { account: "shop", channelSecret: "s3cret", channelAccessToken: "t0ken" };
const listed = (...accounts: unknown[]) => ({ LINE_ACCOUNTS: JSON.stringify(accounts) });

test("each listed account has its own, shares the rest, and stands beside the one of the plain variables", () => {
  const help = {
    account: "help",
    channelSecret: ["old", "new"],
    channelId: "123",
    groupTrigger: "mention",
    groupPrefix: "!h",
  };
  const single = { LINE_CHANNEL_SECRET: "a", LINE_CHANNEL_ACCESS_TOKEN: "b", LINE_GROUP_TRIGGER: "mention-or-all" };
  expect(
    accountsFromEnvironment(LINE_SECTION, { ...single, LINE_TURN_EVENTS: "message, beacon", ...listed(shop, help) }),
  ).toEqual([
    {
      channelSecret: ["a"],
      channelAccessToken: "b",
      groupTrigger: "mention-or-all",
      turnEvents: ["message", "beacon"],
    },
    {
      ...{ account: "shop", channelSecret: ["s3cret"], channelAccessToken: "t0ken" },
      ...{ groupTrigger: "mention-or-all", turnEvents: ["message", "beacon"] },
    },
    {
      ...{ account: "help", channelSecret: ["old", "new"], channelId: "123" },
      ...{ groupTrigger: "mention", groupPrefix: "!h", turnEvents: ["message", "beacon"] },
    },
  ]);
  expect(accountsFromEnvironment(LINE_SECTION, {})).toEqual([]);
});

test.each<[string, Record<string, string>, string]>([
  ["no JSON", { LINE_ACCOUNTS: "[secret" }, "LINE_ACCOUNTS: read 7 characters that aren't JSON"],
  ["an empty list", listed(), "LINE_ACCOUNTS: read an empty list"],
  [
    "a field that nobody knows",
    listed({ ...shop, chanelId: "1" }),
    "LINE_ACCOUNTS[0].chanelId: there is no such setting; did you mean LINE_ACCOUNTS[0].channelId?",
  ],
  ["no name", listed({ ...shop, account: undefined }), "LINE_ACCOUNTS[0].account is not set"],
  ["a name that no path takes", listed(shop, { ...shop, account: "a/b" }), 'LINE_ACCOUNTS[1].account: read "a/b"'],
  [
    "neither token nor id",
    listed({ ...shop, channelAccessToken: undefined }),
    "LINE_ACCOUNTS[0].channelAccessToken is not set, LINE_ACCOUNTS[0].channelSecret is",
  ],
  ["a name twice", listed(shop, shop), 'LINE_ACCOUNTS: the account "shop" is used twice'],
  [
    "a key that is none",
    listed({ ...shop, channelAccessToken: undefined, channelId: "1", assertionKey: { kid: "k" } }),
    "LINE_ACCOUNTS[0].assertionKey: read a value of type object; allowed: a private RSA key",
  ],
])("%s stops the start, named, and no secret is shown", (_name, variables, words) => {
  const read = () => accountsFromEnvironment(LINE_SECTION, variables);
  expect(read).toThrow(Misconfigured);
  expect(read).toThrow(words);
  expect(read).not.toThrow(/s3cret|t0ken/);
});

test.each<[Record<string, string>, string]>([
  [{ LINE_CHANNEL_ID: "1" }, "LINE_CHANNEL_SECRET is not set, LINE_CHANNEL_ID is"],
  [{ LINE_CHANNEL_SECRET: "a", LINE_CHANNEL_ACCESS_TOKEN: "b", LINE_CHANNEL_ID: "1" }, "allowed: one of them"],
  [
    { LINE_CHANNEL_SECRET: "a", LINE_CHANNEL_ID: "1", LINE_TOKEN_KIND: "short" },
    'LINE_TOKEN_KIND: read "short"; allowed: stateless, v2.1',
  ],
  [
    { LINE_CHANNEL_SECRET: "a", LINE_CHANNEL_ID: "1", LINE_GROUP_TRIGGER: "all" },
    'LINE_GROUP_TRIGGER: read "all"; allowed: every',
  ],
  [{ LINE_CHANNEL_SECRET: "a", LINE_CHANNEL_ID: "1", LINE_TURN_EVENTS: "mesage" }, 'LINE_TURN_EVENTS: read "mesage"'],
  [{ LINE_CHANNEL_SECRET: "a", LINE_CHANNEL_ID: "1", LINE_BOT_USER_ID: "me" }, 'LINE_BOT_USER_ID: read "me"'],
])("%o is refused with the variable's name", (variables, words) => {
  expect(() => accountsFromEnvironment(LINE_SECTION, variables)).toThrow(words);
});
