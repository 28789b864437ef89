/** Goal: a setting that can't be right stops the start, names the variable, and shows no secret. */

import { describe, expect, test } from "vitest";
import { Misconfigured } from "../../core/errors.ts";
import { allSettings, variableNames } from "../../settings/names.ts";
import { accountFromEnvironment, treeOf } from "../../settings/section.ts";
import { resolveWhatsAppOptions, WHATSAPP_SECTION } from "./config.ts";

const ENV = {
  WHATSAPP_APP_SECRET: "new, old",
  WHATSAPP_ACCESS_TOKEN: "token",
  WHATSAPP_VERIFY_TOKEN: "verify",
  WHATSAPP_PHONE_NUMBER_ID: "106540000000001",
};
const OPTIONS = { appSecret: ["s"], accessToken: "t", verifyToken: "v", phoneNumberId: "1" };

describe("the environment", () => {
  test("without any of its variables describes no number", () => {
    expect(accountFromEnvironment(WHATSAPP_SECTION, { META_GRAPH_VERSION: "v26.0" })).toBeNull();
  });

  test("with all of them describes one, with the defaults of everything else", () => {
    const options = accountFromEnvironment(WHATSAPP_SECTION, ENV);
    expect(options).toEqual({
      appSecret: ["new", "old"],
      accessToken: "token",
      verifyToken: "verify",
      phoneNumberId: "106540000000001",
    });
    expect(options && resolveWhatsAppOptions(options)).toMatchObject({
      graphBaseUrl: "https://graph.facebook.com",
      mergeReplies: true,
      awaitDeliveredMs: 0,
      typingIndicator: true,
      listButton: "Options",
      mediaHost: "lookaside.fbsbx.com",
    });
  });

  test("reads the optional settings", () => {
    const rest = {
      WHATSAPP_MERGE_REPLIES: " false ",
      WHATSAPP_AWAIT_DELIVERED_MS: "5000",
      WHATSAPP_TYPING_INDICATOR: "false",
      WHATSAPP_WINDOW_TEMPLATE: "late_answer:en_US",
      WHATSAPP_LIST_BUTTON: "Auswahl",
    };
    expect(accountFromEnvironment(WHATSAPP_SECTION, { ...ENV, ...rest })).toMatchObject({
      mergeReplies: false,
      awaitDeliveredMs: 5_000,
      typingIndicator: false,
      windowTemplate: { name: "late_answer", language: "en_US" },
      listButton: "Auswahl",
    });
    expect(variableNames(allSettings({ whatsapp: treeOf(WHATSAPP_SECTION) }))).toEqual(
      expect.arrayContaining([...Object.keys(ENV), ...Object.keys(rest)]),
    );
  });

  test.each([
    ["WHATSAPP_MERGE_REPLIES", "yes", "true, false"],
    ["WHATSAPP_AWAIT_DELIVERED_MS", "60001", "0 to 60000"],
    ["WHATSAPP_AWAIT_DELIVERED_MS", "1e3", "0 to 60000"],
    ["WHATSAPP_LIST_BUTTON", "x".repeat(21), "1 to 20"],
    ["WHATSAPP_WINDOW_TEMPLATE", "late answer", "late_answer:en_US"],
    ["WHATSAPP_PHONE_NUMBER_ID", "+1555", "digits"],
  ])("with %s=%s stops and says what is allowed", (name, value, allowed) => {
    const read = () => accountFromEnvironment(WHATSAPP_SECTION, { ...ENV, [name]: value });
    expect(read).toThrow(Misconfigured);
    expect(read).toThrow(new RegExp(`${name}.*${allowed}`));
  });
});

test("content is fetched from Meta's host, or from a simulator's own", () => {
  expect(resolveWhatsAppOptions(OPTIONS).mediaHost).toBe("lookaside.fbsbx.com");
  const simulated = { ...OPTIONS, graphBaseUrl: "http://127.0.0.1:7000" };
  expect(resolveWhatsAppOptions(simulated).mediaHost).toBe("127.0.0.1:7000");
});
