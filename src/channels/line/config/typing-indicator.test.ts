/** Goal: a setting of the typing indicator or the read mark is read, or stops the start with its name. */
import { expect, test } from "vitest";
import { Misconfigured } from "../../../core/errors.ts";
import { accountFromEnvironment } from "../../../settings/section.ts";
import { LINE_SECTION } from "../config.ts";

const CREDENTIALS = { LINE_CHANNEL_SECRET: "s", LINE_CHANNEL_ACCESS_TOKEN: "t" };

function from(variables: Readonly<Record<string, string>>) {
  return accountFromEnvironment(LINE_SECTION, { ...CREDENTIALS, ...variables });
}

test("what is set is read", () => {
  expect(from({ LINE_LOADING: "off", LINE_MARK_AS_READ: "never" })).toMatchObject({
    loading: false,
    markAsRead: "never",
  });
});

test.each([
  ["LINE_LOADING", "yes"],
  ["LINE_MARK_AS_READ", "often"],
])("%s=%s stops the start", (name, value) => {
  expect(() => from({ [name]: value })).toThrow(Misconfigured);
  expect(() => from({ [name]: value })).toThrow(name);
});
