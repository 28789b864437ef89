import { parseJson, readObject } from "../../../json.ts";
import { metaScenarios } from "../../../meta/simulator/scenarios.ts";
import type { ScenarioSet } from "../../../simulation/scenario.ts";
import { WHATSAPP_STATUS_SCENARIOS } from "./statuses.ts";

export const WHATSAPP_SCENARIOS: ScenarioSet = {
  list: [...metaScenarios({ title: "WhatsApp", again: "repeat" }), ...WHATSAPP_STATUS_SCENARIOS],
  peerId: (digits) => `15${digits}`,
  isMessageTo({ method, body }, { peerId }) {
    const { to, status } = readObject(parseJson(body)) ?? {};
    // A read mark names the message, and no person.
    return method === "POST" && status === undefined && typeof to === "string" && to.replace(/^\+/, "") === peerId;
  },
};
