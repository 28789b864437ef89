import { parseJson, readObject } from "../../../json.ts";
import { metaScenarios } from "../../../meta/simulator/scenarios.ts";
import type { ScenarioSet } from "../../../simulation/scenario.ts";
import { MESSENGER_ECHO_SCENARIOS } from "./echoes.ts";
import { MESSENGER_HANDOVER_SCENARIOS } from "./handover.ts";

export const MESSENGER_SCENARIOS: ScenarioSet = {
  list: [
    ...metaScenarios({ title: "Messenger", again: "redeliver" }),
    ...MESSENGER_ECHO_SCENARIOS,
    ...MESSENGER_HANDOVER_SCENARIOS,
  ],
  peerId: (digits) => `200000${digits}`,
  isMessageTo({ body }, { peerId }) {
    const { recipient, message } = readObject(parseJson(body)) ?? {};
    // A typing indicator goes to the same address.
    return readObject(recipient)?.id === peerId && message !== undefined;
  },
};
