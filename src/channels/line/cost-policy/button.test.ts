/** Goal: a tap on the gateway's button is recognized. */
import { expect, test } from "vitest";
import { resolveCostPolicy } from "../config/cost-policy.ts";
import { callbackTokenOf, systemMessages } from "./button.ts";

test("the callback token of our button comes back from its tap, and an agent's postback is the agent's", () => {
  const { systemMessageTexts } = resolveCostPolicy({});
  const data =
    /"data":"([^"]+)"/.exec(JSON.stringify(systemMessages(systemMessageTexts, "prompt", "tap_1")))?.[1] ?? "";
  expect(callbackTokenOf(data)).toBe("tap_1");
  expect(callbackTokenOf("action=buy")).toBeNull();
});
