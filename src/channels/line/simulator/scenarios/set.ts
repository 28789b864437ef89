import { parseJson, readObject, readText } from "../../../json.ts";
import type { ScenarioSet } from "../../../simulation/scenario.ts";
import { webhookScenarios } from "../../../simulation/webhook-scenarios.ts";
import { LINE_CALL_SCENARIOS } from "./calls.ts";
import { LINE_WEBHOOK_SCENARIOS } from "./webhooks.ts";

export const LINE_SCENARIOS: ScenarioSet = {
  list: [...webhookScenarios({ late: "request_timeout" }), ...LINE_WEBHOOK_SCENARIOS, ...LINE_CALL_SCENARIOS],
  peerId: (digits) => `U${digits.padStart(32, "0")}`,
  isMessageTo({ path, body }, { peerId, webhooks }) {
    const { to, replyToken } = readObject(parseJson(body)) ?? {};
    if (path.endsWith("/push")) return to === peerId;
    // A reply names no person: its token came with one of their webhooks.
    const token = path.endsWith("/reply") ? readText(replyToken) : null;
    return token !== null && webhooks.some((webhook) => webhook.body.includes(token));
  },
};
