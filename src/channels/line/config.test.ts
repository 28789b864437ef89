/** Goal: a wrong setting stops the start with its name, what was read and what is allowed, and never shows a secret. */

import { expect, test } from "vitest";
import { Misconfigured } from "../../core/errors.ts";
import { accountFromEnvironment } from "../../settings/section.ts";
import { LINE_SECTION, type LineOptions, resolveLineOptions } from "./config.ts";

const least: LineOptions = { channelSecret: ["s3cret"], channelAccessToken: "t0ken" };

test("the defaults are LINE's base URLs, with timeouts below LINE's limits", () => {
  const resolved = resolveLineOptions(least);
  expect(resolved).toEqual({
    channelSecret: ["s3cret"],
    access: "t0ken",
    account: "default",
    turnEvents: ["message", "postback", "follow", "join"],
    groupTrigger: "every",
    groupPrefix: null,
    botUserId: null,
    apiBaseUrl: "https://api.line.me",
    dataApiBaseUrl: "https://api-data.line.me",
    replyTokenTtlMs: 50_000,
    tokenMarginMs: 5_000,
    sendTimeoutMs: 10_000,
    connectTimeoutMs: 3_000,
    slowReply: "push",
    slowReplyAfterMs: 40_000,
    slowReplyInGroups: false,
    buttonPushAfterMs: null,
    buttonExpiresAfterMs: 86_400_000,
    systemMessageTexts: expect.objectContaining({ show: "Show the answer", more: "More" }),
    pushReserve: 0,
    groupPush: "always",
    loading: true,
    markAsRead: "auto",
  });
  expect(Object.isFrozen(resolved) && Object.isFrozen(resolved.channelSecret)).toBe(true);
});

test("the safety margin of a token is a tenth of its lifetime, and 5 s at most", () => {
  expect(resolveLineOptions({ ...least, replyTokenTtlMs: 1_000 }).tokenMarginMs).toBe(100);
  expect(resolveLineOptions({ ...least, replyTokenTtlMs: 60_000 }).tokenMarginMs).toBe(5_000);
});

test.each<[Partial<LineOptions>, string]>([
  [
    { channelId: "1" },
    "channelAccessToken and channelId are both set; allowed: one of them (with channelId the gateway fetches tokens itself)",
  ],
  [{ groupPrefix: "!b" }, "groupPrefix is set and groupTrigger is every; allowed: mention or mention-or-all"],
  [{ botUserId: "me" }, 'botUserId: read "me"; allowed: U and 32 hexadecimal digits'],
  [
    { channelSecret: [] },
    "channelSecret: read a list of 0; allowed: printable ASCII without spaces; several, separated by commas, during a rotation",
  ],
  [
    { channelSecret: ["ok", ""] },
    "channelSecret[1]: read a list of 2; allowed: printable ASCII without spaces; several, separated by commas, during a rotation",
  ],
  [
    { channelSecret: ["hush hush"] },
    "channelSecret[0]: read a list of 1; allowed: printable ASCII without spaces; several, separated by commas, during a rotation",
  ],
  [
    { channelAccessToken: "hush\n" },
    "channelAccessToken: read a value of 5 characters; allowed: printable ASCII without spaces",
  ],
  [{ replyTokenTtlMs: 999 }, "replyTokenTtlMs: read 999; allowed: whole milliseconds, 1000 to 60000"],
  [{ replyTokenTtlMs: 60_001 }, "replyTokenTtlMs: read 60001; allowed: whole milliseconds, 1000 to 60000"],
  [{ sendTimeoutMs: 1.5 }, "sendTimeoutMs: read 1.5; allowed: whole milliseconds, 100 to 300000"],
  [{ account: "a/b" }, 'account: read "a/b"; allowed: 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first'],
])("%o is refused with its name, and a secret isn't shown", (wrong, words) => {
  expect(() => resolveLineOptions({ ...least, ...wrong })).toThrow(new Misconfigured(words));
});

test.each(["ftp://api.example", "api.example", "https://user:hush@api.example", "https://api.example/?q=1", ""])(
  "the address %j is refused, and a password in it isn't shown",
  (apiBaseUrl) => {
    expect(() => resolveLineOptions({ ...least, apiBaseUrl })).toThrow(
      /^apiBaseUrl: read (?!.*hush).*; allowed: an absolute/,
    );
  },
);

test("a base URL may have a path, and a trailing slash is ignored", () => {
  expect(resolveLineOptions({ ...least, apiBaseUrl: "http://127.0.0.1:9/line/" }).apiBaseUrl).toBe(
    "http://127.0.0.1:9/line",
  );
});

test("without variables there is no LINE", () => {
  expect(accountFromEnvironment(LINE_SECTION, {})).toBeNull();
  expect(accountFromEnvironment(LINE_SECTION, { LINE_CHANNEL_SECRET: " ", LINE_CHANNEL_ACCESS_TOKEN: "" })).toBeNull();
});

test("regression: spaces around a value change nothing, and a list of secrets is a rotation", () => {
  const options = accountFromEnvironment(LINE_SECTION, {
    LINE_CHANNEL_SECRET: " old , new\n",
    LINE_CHANNEL_ACCESS_TOKEN: " token ",
    LINE_API_BASE_URL: " http://127.0.0.1:9 ",
    LINE_REPLY_TOKEN_TTL_MS: " 1000 ",
  });
  expect(options).toEqual({
    channelSecret: ["old", "new"],
    channelAccessToken: "token",
    apiBaseUrl: "http://127.0.0.1:9",
    replyTokenTtlMs: 1_000,
  });
});

test.each<[Record<string, string>, string]>([
  [{ LINE_CHANNEL_SECRET: "a" }, "LINE_CHANNEL_ACCESS_TOKEN is not set, LINE_CHANNEL_SECRET is"],
  [{ LINE_CHANNEL_ACCESS_TOKEN: "a" }, "LINE_CHANNEL_SECRET is not set, LINE_CHANNEL_ACCESS_TOKEN is"],
  [
    { LINE_CHANNEL_SECRET: "a,", LINE_CHANNEL_ACCESS_TOKEN: "b" },
    "LINE_CHANNEL_SECRET: read a value of 2 characters; allowed: printable ASCII without spaces; several, separated by commas, during a rotation",
  ],
  [
    { LINE_CHANNEL_SECRET: "a", LINE_CHANNEL_ACCESS_TOKEN: "b", LINE_REPLY_TOKEN_TTL_MS: "5e4" },
    'LINE_REPLY_TOKEN_TTL_MS: read "5e4"; allowed: whole milliseconds, 1000 to 60000',
  ],
])("%o is refused with the variable's name", (variables, words) => {
  expect(() => accountFromEnvironment(LINE_SECTION, variables)).toThrow(new Misconfigured(words));
});

test("v2.1 tokens need the assertion key", () => {
  const issued = { channelSecret: ["s3cret"], channelId: "1" };
  expect(resolveLineOptions(issued).access).toMatchObject({ channelId: "1", tokenKind: "stateless" });
  expect(() => resolveLineOptions({ ...issued, tokenKind: "v2.1" })).toThrow(
    new Misconfigured('tokenKind: read "v2.1"; allowed: stateless, or v2.1 with an assertionKey'),
  );
});
