/** Goal: a wrong setting is named before anything starts, and no secret is shown. Method: each variable, wrong. */

import { describe, expect, test } from "vitest";
import { accountFromEnvironment } from "../../settings/section.ts";
import { MESSENGER_SECTION, resolveMessengerOptions } from "./config.ts";

const GOOD = {
  MESSENGER_APP_SECRET: " new , old ",
  MESSENGER_PAGE_ACCESS_TOKEN: "page-token",
  MESSENGER_VERIFY_TOKEN: "verify",
  MESSENGER_PAGE_ID: "100000000000001",
};

test("the environment describes a page; values are trimmed, and the secret may be a list", () => {
  expect(accountFromEnvironment(MESSENGER_SECTION, GOOD)).toEqual({
    appSecret: ["new", "old"],
    pageAccessToken: "page-token",
    verifyToken: "verify",
    pageId: "100000000000001",
  });
  const more = {
    ...GOOD,
    META_GRAPH_VERSION: "v25.0",
    META_GRAPH_BASE_URL: "http://127.0.0.1:9/",
  };
  expect(accountFromEnvironment(MESSENGER_SECTION, more)).toMatchObject({
    graphVersion: "v25.0",
    graphBaseUrl: "http://127.0.0.1:9",
  });
});

test("nothing set is no page, also when what both platforms share is set", () => {
  expect(accountFromEnvironment(MESSENGER_SECTION, {})).toBeNull();
  expect(
    accountFromEnvironment(MESSENGER_SECTION, { META_GRAPH_VERSION: "v26.0", MESSENGER_APP_SECRET: " " }),
  ).toBeNull();
});

describe("an incomplete or invalid page is Misconfigured", () => {
  test.each(Object.keys(GOOD))("without %s", (name) => {
    expect(() => accountFromEnvironment(MESSENGER_SECTION, { ...GOOD, [name]: "" })).toThrow(`${name} is not set`);
  });

  test.each([
    ["MESSENGER_APP_SECRET", "sec ret"],
    ["MESSENGER_PAGE_ACCESS_TOKEN", "tökén"],
    ["MESSENGER_PAGE_ID", "my page"],
    ["META_GRAPH_VERSION", "26"],
    ["META_GRAPH_BASE_URL", "graph"],
  ])("%s=%s", (name, value) => {
    expect(() => accountFromEnvironment(MESSENGER_SECTION, { ...GOOD, [name]: value })).toThrow(name);
  });

  test("and a secret's value is never shown", () => {
    expect(() => accountFromEnvironment(MESSENGER_SECTION, { ...GOOD, MESSENGER_APP_SECRET: "hush hush" })).not.toThrow(
      /hush/,
    );
  });
});

test("the defaults are Meta's own addresses and the newest version", () => {
  const options = { appSecret: ["s"], pageAccessToken: "t", verifyToken: "v", pageId: "1" };
  expect(resolveMessengerOptions(options)).toMatchObject({
    account: "default",
    graphBaseUrl: "https://graph.facebook.com",
    graphVersion: "v26.0",
    sendTimeoutMs: 10_000,
  });
});
